"""Two versions side by side on a page."""

from django.test import Client

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
    assert "line 50" in client.get(folded.context["toggle"]).content.decode()


def test_a_version_beside_itself(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    html = html_of(client, cast, "prompts/p", **{"from": 1, "to": 1})
    assert "The two say the same, word for word." in html


def test_the_other_way_round(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="one")
    make_version(cast.a.project_id, prompt="two")
    there = get(client, cast, "prompts/p", **{"from": 1, "to": 2})
    back = client.get(there.context["swap"])
    assert (back.context["left"].version, back.context["right"].version) == (2, 1)
