"""A content in; its variables, placeholders and pieces out, whatever was stored once."""

from typing import Any

import pytest

from prompts.admin.texts import Message, messages_of, names_of, pieces_of
from tests.prompts.admin.visiting import CHAT


def test_names_stand_once_and_in_order() -> None:
    assert names_of("{{b}} {{ a }} {{b}} {{ 1x }} {{a b}}").variables == ("b", "a")
    names = names_of([*CHAT, {"role": "user", "content": "{{language}} {{more}}"}])
    assert (names.variables, names.placeholders) == (("language", "question", "more"), ("history",))


def test_pieces_are_the_whole_text() -> None:
    text = "Hi {{name}}, @@@langfusePrompt:name=tone|label=production@@@ and {{ x }}"
    pieces = list(pieces_of(text))
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.kind for piece in pieces] == ["text", "variable", "text", "tag", "text", "variable"]


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ("text", [Message("text", "", "text")]),
        (None, [Message("text", "", "None")]),
        ([{"role": "user"}], [Message("message", "user", "")]),
        (["bare", {"type": "placeholder"}], [Message("message", "", "bare"), Message("placeholder", "", "")]),
    ],
)
def test_odd_contents_have_rows(content: Any, messages: list[Message]) -> None:
    assert messages_of(content) == messages
