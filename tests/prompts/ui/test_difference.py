"""Two versions side by side on a page."""

from django.test import Client

from prompts.ui.difference import MAX_SECTIONS
from tests.cast import Cast
from tests.prompts.making import make_version
from tests.prompts.ui.pages import get, html_of


def test_words_are_marked_and_config_compared(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="Be very kind\nsame", config={"t": 1})
    make_version(cast.a.project_id, prompt="Be quite kind\nsame", config={"t": 2})
    html = html_of(client, cast, "prompts/p", **{"from": 1, "to": 2})
    for shown in ("<del>very</del>", "<ins>quite</ins>", "<del>1</del>", "<ins>2</ins>"):
        assert shown in html


def test_every_line_is_shown_on_demand(client: Client, cast: Cast) -> None:
    lines = [f"line {number}" for number in range(100)]
    make_version(cast.a.project_id, prompt="\n".join(lines))
    make_version(cast.a.project_id, prompt="\n".join([*lines, "more"]))
    folded = get(client, cast, "prompts/p", **{"from": 1, "to": 2})
    assert "97 lines the same" in folded.content.decode()
    assert "line 50" not in folded.content.decode()
    assert "line 50" in client.get(folded.context["difference"].toggle).content.decode()


def test_a_version_beside_itself(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    html = html_of(client, cast, "prompts/p", **{"from": 1, "to": 1})
    assert "The two say the same, word for word." in html


def test_the_other_way_round(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="one")
    make_version(cast.a.project_id, prompt="two")
    there = get(client, cast, "prompts/p", **{"from": 1, "to": 2})
    back = client.get(there.context["difference"].swap)
    assert [side.version.version for side in back.context["difference"].sides] == [2, 1]


def test_messages_that_stayed_are_told_by_their_number(client: Client, cast: Cast) -> None:
    chat = [{"role": "user", "content": f"message {number}"} for number in range(3)]
    make_version(cast.a.project_id, type="chat", prompt=chat)
    make_version(cast.a.project_id, type="chat", prompt=[*chat, {"role": "user", "content": "new one"}])
    changes = html_of(client, cast, "prompts/p", **{"from": 1, "to": 2})
    assert "3 parts the same" in changes
    assert "message 1" not in changes
    assert "message 1" in html_of(client, cast, "prompts/p", **{"from": 1, "to": 2, "whole": 1})


def test_a_page_holds_so_many_differences(client: Client, cast: Cast) -> None:
    for word in ("old", "new"):
        chat = [{"role": "user", "content": f"{word} {number}"} for number in range(MAX_SECTIONS + 40)]
        make_version(cast.a.project_id, type="chat", prompt=chat)
    html = html_of(client, cast, "prompts/p", **{"from": 1, "to": 2})
    assert html.count('<section class="diff') == MAX_SECTIONS
    assert "40 more differences follow" in html


def test_every_line_of_a_megabyte_is_not_offered(client: Client, cast: Cast) -> None:
    text = "line\n" * 200_000
    make_version(cast.a.project_id, prompt=text)
    make_version(cast.a.project_id, prompt=text + "more")
    answer = get(client, cast, "prompts/p", **{"from": 1, "to": 2, "whole": 1})
    assert answer.context["difference"].toggle == ""
    assert len(answer.content) < 50_000
