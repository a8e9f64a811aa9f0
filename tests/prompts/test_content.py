"""A text or a chat in, what a page shows of it: pieces that add up to the text, bounded."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.composition import Tag
from prompts.content import (
    MAX_MESSAGES,
    MAX_NAMES,
    MAX_SHOWN,
    Composed,
    Message,
    Piece,
    messages_of,
    names_of,
    show,
    whole_text,
)
from tests.prompts.admin.visiting import CHAT

TONE = Tag("rules/tone", label="production")
MARK = "@@@langfusePrompt:name=rules/tone|label=production@@@"

SCRAPS = st.sampled_from(
    ["{{", "}}", "{{name}}", " ", "\n", "x", "@@@", MARK, "@@@langfusePrompt:", "|", "ü"]
)


def kinds(content: object) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in show(content).messages[0].pieces]


def text_of(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text + text_of(piece.inner) for piece in pieces)


def test_variables_and_tags_are_marked() -> None:
    assert kinds(f"Hi {{{{ name }}}}, {MARK}") == [
        ("text", "Hi "),
        ("variable", "{{ name }}"),
        ("text", ", "),
        ("tag", MARK),
    ]


def test_what_only_looks_like_a_mark_is_text() -> None:
    for text in ("{{1st}}", "{{a b}}", "{name}", "@@@langfusePrompt:name=x@@@", "@@@"):
        assert "".join(shown for _, shown in kinds(text)) == text
        assert {kind for kind, _ in kinds(text)} == {"text"}


@given(st.lists(SCRAPS, max_size=30).map("".join))
def test_the_pieces_are_the_text(text: str) -> None:
    assert text_of(show(text).messages[0].pieces) == text


def test_a_part_stands_where_its_tag_was_and_has_variables_of_its_own() -> None:
    composed = Composed("Be brief, {{who}}. {{x}}", {TONE: "Be brief, {{who}}."})
    shown = show(f"{MARK} {{{{x}}}}", composed, link_of=str)
    part = shown.messages[0].pieces[0]
    assert (part.kind, part.link, text_of(part.inner)) == (
        "part",
        "'rules/tone' with label 'production'",
        "Be brief, {{who}}.",
    )
    assert [piece.kind for piece in part.inner] == ["text", "variable", "text"]
    assert shown.names.variables == ("who", "x")


def test_a_part_that_spells_its_own_tag_ends() -> None:
    """Parts can be put together so that a text has a tag in it that stood in none of them."""
    shown = show(MARK, Composed(f"again {MARK}", {TONE: f"again {MARK}"}))
    assert text_of(shown.messages[0].pieces) == f"again {MARK}"


def test_messages_and_placeholders() -> None:
    chat = [{"role": "system", "content": "{{a}}"}, {"type": "placeholder", "name": "history"}]
    shown = show(chat)
    assert [(one.message.role, one.message.name) for one in shown.messages] == [
        ("system", ""),
        ("", "history"),
    ]
    assert (shown.names.variables, shown.names.placeholders, shown.is_cut) == (("a",), ("history",), False)


def test_a_long_text_is_cut() -> None:
    shown = show("x" * (MAX_SHOWN + 1))
    assert (shown.is_cut, shown.size, len(text_of(shown.messages[0].pieces))) == (
        True,
        MAX_SHOWN + 1,
        MAX_SHOWN,
    )
    assert not show("x" * MAX_SHOWN).is_cut


def test_many_messages_are_cut() -> None:
    shown = show([{"role": "user", "content": "x"}] * (MAX_MESSAGES + 7))
    assert (len(shown.messages), shown.left_out, shown.is_cut) == (MAX_MESSAGES, 7, True)
    long = show([{"role": "user", "content": "x" * MAX_SHOWN}] * 3)
    assert (len(long.messages), long.left_out) == (1, 2)


def test_a_part_that_is_named_a_thousand_times_does_not_fill_the_page() -> None:
    composed = Composed("x" * 10_000_000, {TONE: "x" * 10_000})
    shown = show(MARK * 1000, composed)
    assert len(text_of(shown.messages[0].pieces)) == MAX_SHOWN
    assert shown.is_cut


def test_many_variables_are_counted() -> None:
    names = names_of(" ".join(f"{{{{v{number}}}}}" for number in range(MAX_NAMES + 5)))
    assert (len(names.variables), names.more_variables) == (MAX_NAMES, 5)


def test_nothing_is_shown_of_nothing() -> None:
    assert show("").messages[0].pieces == ()
    assert show([]).messages == ()


def test_the_whole_is_text_or_json() -> None:
    assert whole_text("a\n") == "a\n"
    assert whole_text([{"role": "ü"}]) == '[\n  {\n    "role": "ü"\n  }\n]'


def test_names_stand_once_and_in_order() -> None:
    assert names_of("{{b}} {{ a }} {{b}} {{ 1x }} {{a b}}").variables == ("b", "a")
    names = names_of([*CHAT, {"role": "user", "content": "{{language}} {{more}}"}])
    assert (names.variables, names.placeholders) == (("language", "question", "more"), ("history",))


def test_a_content_that_cannot_be_composed_has_the_names_that_are_written() -> None:
    assert names_of(f"{{{{x}}}} {MARK}", Composed(problem="gone")).variables == ("x",)
    assert names_of(MARK, Composed("{{who}}")).variables == ("who",)


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ("text", [Message("text", content="text")]),
        (None, [Message("text", content="None")]),
        ([{"role": "user"}], [Message("message", "user")]),
        (["bare", {"type": "placeholder"}], [Message("message", content="bare"), Message("placeholder")]),
    ],
)
def test_odd_contents_have_rows(content: Any, messages: list[Message]) -> None:
    assert messages_of(content) == messages
