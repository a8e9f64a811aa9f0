"""A prompt's pages to read: a version in its time line, differences, who gets it and what it was used for."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import by_user
from prompts.content import MAX_MARKS, MAX_MESSAGES, MAX_NAMES
from prompts.fetches import Fetch, forget_fetches, note_fetch, write_fetches
from prompts.models import Prompt
from prompts.rules import protect_label
from tests.cast import Cast
from tests.prompts.admin.visiting import CHAT, make_version, text, url, visit
from tests.prompts.making import key_author
from tests.prompts.test_usage import make_generation, make_score


def test_the_latest_version_stands_in_its_time_line(cast: Cast) -> None:
    prompt = make_version(
        cast.a.project_id, labels=["production"], commitMessage="First", author=by_user(cast.owner)
    ).prompt
    make_version(
        cast.a.project_id,
        prompt="Hi {{name}}",
        commitMessage="Second",
        author=key_author(cast.a),
        config={"t": 0.5},
    )
    page = visit(cast.viewer).get(url("change", prompt))
    assert page.context["version"].version == 2
    assert [(e.version.version, e.labels, e.editor) for e in page.context["entries"]] == [
        (2, ["latest"], "API key"),
        (1, ["production"], "Owner"),
    ]
    shown = text(page)
    assert '<span class="variable">{{name}}</span>' in shown and "&quot;t&quot;: 0.5" in shown
    assert "First" in shown and "Second" in shown
    assert visit(cast.viewer).get(url("change", prompt, version=1)).context["version"].version == 1


def test_a_chat_and_what_it_is_composed_of(cast: Cast) -> None:
    make_version(cast.a.project_id, "tone", prompt="Be kind to {{who}}", labels=["production"])
    chat = [*CHAT, {"role": "user", "content": "@@@langfusePrompt:name=tone|label=production@@@"}]
    prompt = make_version(cast.a.project_id, "chat", prompt=chat, type="chat").prompt
    page = visit(cast.owner).get(url("change", prompt))
    names = page.context["names"]
    assert (names.variables, names.placeholders) == (("language", "question", "who"), ("history",))
    assert page.context["composed_messages"][-1].content == "Be kind to {{who}}"
    make_version(cast.a.project_id, "tone", prompt="Be short", labels=["production"])
    assert "Be short" in text(visit(cast.owner).get(url("change", prompt)))


def test_the_header_leads_back_to_the_list_and_names_the_prompt(cast: Cast) -> None:
    prompt = make_version(cast.a.project_id, "lower/case").prompt
    page = text(visit(cast.viewer).get(url("labels", prompt)))
    header = page.partition("<h1")[2].partition("</h1>")[0]
    assert re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', header) == [
        ("/admin/prompts/prompt/", "Prompts"),
        (url("change", prompt), "lower/case"),
    ]


def test_a_long_time_line_has_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prompts.admin.reading.VERSIONS_A_PAGE", 3)
    prompt = [make_version(cast.a.project_id) for _ in range(7)][0].prompt
    seen, before = [], ""
    while True:
        page = visit(cast.owner).get(url("change", prompt) + before)
        seen += [entry.version.version for entry in page.context["entries"]]
        if page.context["older"] is None:
            break
        before = f"?before={page.context['older']}"
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_statements_do_not_grow_with_the_versions(cast: Cast) -> None:
    def statements(page: str) -> int:
        client = visit(cast.owner)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(page, prompt))
        return len(queries)

    prompt: Prompt = make_version(cast.a.project_id, author=by_user(cast.owner), labels=["a"]).prompt
    make_version(cast.a.project_id)
    few = {page: statements(page) for page in ("change", "diff", "usage", "labels")}
    for number in range(20):
        make_version(cast.a.project_id, author=by_user(cast.owner), labels=[f"l{number}"])
        protect_label(cast.a.project_id, f"l{number}", author=by_user(cast.owner))
    assert {page: statements(page) for page in few} == few


def test_any_two_versions_are_compared(cast: Cast) -> None:
    first = make_version(cast.a.project_id, prompt="one\ntwo\nthree", config={"a": 1})
    make_version(cast.a.project_id, prompt="one\n2\nthree", config={"a": 2})
    make_version(cast.a.project_id, prompt="one\n2\nthree")
    client = visit(cast.viewer)
    page = client.get(url("diff", first.prompt, **{"from": 1, "to": 2}))
    assert [(s.title, s.kind) for s in page.context["diff"].sections] == [
        ("Text", "changed"),
        ("Config", "changed"),
    ]
    newest = client.get(url("diff", first.prompt))
    assert (newest.context["left"].version, newest.context["right"].version) == (2, 3)
    assert [s.title for s in newest.context["diff"].sections if s.kind != "same"] == ["Config"]
    same = client.get(url("diff", first.prompt, **{"from": 2, "to": 2}))
    assert "Nothing differs" in text(same)
    assert client.get(url("diff", first.prompt, **{"from": 9})).status_code == 404


def test_a_very_long_prompt_is_shown_and_compared(cast: Cast) -> None:
    lines = [f"line {number} of {{{{case}}}}" for number in range(45_000)]
    first = make_version(cast.a.project_id, prompt="\n".join(lines))
    make_version(cast.a.project_id, prompt="\n".join(reversed(lines)))
    client = visit(cast.owner)
    assert "Only the beginning of" in text(client.get(url("change", first.prompt)))
    assert "Too much differs to be shown" in text(client.get(url("diff", first.prompt)))
    assert lines[-1] in text(client.get(url("edit", first.prompt)))


def test_thousands_of_variables_are_marked_on_demand(cast: Cast) -> None:
    written = " ".join(f"{{{{v{number}}}}}" for number in range(MAX_MARKS + 3))
    prompt = make_version(cast.a.project_id, prompt=written).prompt
    client = visit(cast.viewer)
    page = client.get(url("change", prompt))
    assert page.context["shown"].unmarked == 3 and text(page).count('<span class="variable">') == MAX_MARKS
    assert f"{{{{v{MAX_MARKS + 2}}}}}" in text(page) and "3 more variables" in text(page)
    assert len(page.context["names"].variables) == MAX_NAMES
    whole = url("change", prompt) + "?version=1&all"
    assert whole.replace("&", "&amp;") in text(page)
    everything = client.get(whole)
    assert text(everything).count('<span class="variable">') == MAX_MARKS + 3
    assert len(everything.context["names"].variables) == MAX_MARKS + 3


def test_a_chat_of_very_many_messages_is_cut(cast: Cast) -> None:
    chat = [{"role": "user", "content": "x"}] * (MAX_MESSAGES + 2)
    prompt = make_version(cast.a.project_id, prompt=chat, type="chat").prompt
    page = visit(cast.owner).get(url("change", prompt))
    assert len(page.context["shown"].messages) == MAX_MESSAGES
    assert "; 2 more messages follow." in text(page)


def test_who_gets_which_version(cast: Cast) -> None:
    forget_fetches()
    old = make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id)
    for key in (cast.a.api_key.id, cast.a.api_key.id, "revoked"):
        note_fetch(Fetch(cast.a.project_id, old.pk, "production", key, "python", "2.60.10"))
    write_fetches()
    page = visit(cast.owner).get(url("usage", old.prompt))
    found = sorted((c.number, c.label, c.key, c.sdk, c.count) for c in page.context["clients"])
    assert found == [
        (1, "production", "", "python 2.60.10", 1),
        (1, "production", cast.a.public_key, "python 2.60.10", 2),
    ]
    assert "a revoked key" in text(page) and "python 2.60.10" in text(page)
    seen = text(visit(cast.viewer).get(url("usage", old.prompt)))
    assert "python 2.60.10" in seen and "pk-lf-" not in seen and "a revoked key" not in seen


def test_what_versions_were_used_for(cast: Cast) -> None:
    versions = [make_version(cast.a.project_id) for _ in range(3)]
    for number, version in enumerate((versions[0], versions[0], versions[2])):
        make_generation(cast.a.project_id, version.pk, id=f"g{number}", seconds=2)
    make_score(cast.a.project_id, "g0", name="tone", value=0.5)
    page = visit(cast.viewer).get(url("usage", versions[0].prompt))
    assert [(r.entry.version.version, r.usage.generations.count) for r in page.context["rows"]] == [
        (3, 1),
        (1, 2),
    ]
    assert page.context["scores"] == ["tone"]
    shown = text(page)
    assert "2.00 s" in shown and "$0.50" in shown and "0.5" in shown and "1 other version" in shown


def test_usage_of_a_prompt_that_nobody_asks_for(cast: Cast) -> None:
    page = text(visit(cast.owner).get(url("usage", make_version(cast.a.project_id).prompt)))
    assert "Nobody has asked for it" in page
