"""The page of a prompt: its versions, what it says, who uses and fetches it, where its labels have been."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from prompts.changes import propose_change
from prompts.labels import move_label
from prompts.models import Prompt, PromptFetch, PromptLabelMove, PromptVersion
from prompts.rules import EDIT
from prompts.ui.detail import TABS
from tests.cast import Cast
from tests.prompts.making import make_version, person, prompt_of
from tests.prompts.test_usage import make_generation, make_score
from tests.prompts.ui.pages import HOSTILE, get, html_of

CHAT = [
    {"role": "system", "content": "Help {{company}}"},
    {"type": "placeholder", "name": "history"},
    {"role": "user", "content": "{{question}}"},
]


def test_the_newest_is_shown_where_none_is_asked_for(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="first text")
    make_version(cast.a.project_id, prompt="second text", config={"temperature": 0.5})
    html = html_of(client, cast, "prompts/p")
    assert "second text" in html
    assert "&quot;temperature&quot;: 0.5" in html
    assert "first text" not in html
    assert "first text" in html_of(client, cast, "prompts/p", version=1)


def test_a_version_by_its_label(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="old", labels=["production"])
    make_version(cast.a.project_id, prompt="new")
    assert get(client, cast, "prompts/p", label="production").context["detail"].version.version == 1
    assert get(client, cast, "prompts/p", label="staging").status_code == 404


def test_a_chat_is_shown_as_messages(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "support/chat", type="chat", prompt=CHAT)
    html = html_of(client, cast, "prompts/support/chat")
    assert '<mark class="variable">{{company}}</mark>' in html
    assert '<span class="hole">history</span>' in html
    assert 'class="message role-user"' in html


def test_a_composed_prompt_is_shown_composed_and_as_it_is_written(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "rules/tone", prompt="Be kind to {{customer}}.", labels=["production"])
    tag = "@@@langfusePrompt:name=rules/tone|label=production@@@"
    make_version(cast.a.project_id, prompt=f"Answer. {tag}")
    composed, raw = html_of(client, cast, "prompts/p"), html_of(client, cast, "prompts/p", raw=1)
    assert '<mark class="variable">{{customer}}</mark>' in composed
    assert tag not in composed
    assert tag in raw
    assert "Be kind" not in raw
    assert "/prompts/p?version=1" in html_of(client, cast, "prompts/rules/tone")
    [link] = set(re.findall(r'href="([^"]*rules/tone\?[^"]*)"', raw))
    assert client.get(link).context["detail"].version.prompt.name == "rules/tone"


def test_what_cannot_be_composed_says_why(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "part", labels=["production"])
    make_version(cast.a.project_id, prompt="@@@langfusePrompt:name=part|label=production@@@")
    Prompt.objects.filter(name="part").delete()
    html = html_of(client, cast, "prompts/p")
    assert "Prompt dependency not found: &#x27;part&#x27; with label &#x27;production&#x27;" in html
    assert "@@@langfusePrompt:name=part" in html


def test_the_timeline_has_labels_authors_and_messages(client: Client, cast: Cast) -> None:
    author = person(cast.a)
    make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id, author=author, commitMessage="Shorter")
    first, last = reversed(get(client, cast, "prompts/p").context["detail"].timeline.entries)
    assert (first.labels, first.compare_link, first.is_shown) == (["production"], "", False)
    assert (last.labels, last.editor, last.is_shown) == (["latest"], author.user.get_full_name(), True)  # type: ignore[union-attr]
    assert last.compare_link.endswith("/prompts/p?from=1&to=2")


def test_a_long_timeline_is_walked_and_opens_where_one_is_asked_for(client: Client, cast: Cast) -> None:
    make_versions(cast.a.project_id, 120)
    seen: list[int] = []
    link = f"/project/{cast.a.project_id}/prompts/p"
    client.force_login(cast.viewer)
    while link:
        timeline = client.get(link).context["detail"].timeline
        seen += [entry.version.version for entry in timeline.entries]
        link = timeline.older
    assert seen == list(range(120, 0, -1))
    assert timeline.count == 120
    deep = get(client, cast, "prompts/p", version=3).context["detail"].timeline
    assert [entry.version.version for entry in deep.entries if entry.is_shown] == [3]
    assert [entry.version.version for entry in client.get(deep.newer).context["detail"].timeline.entries][
        0
    ] == 58


def test_snippets_ask_this_host_for_the_best_label(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "a b", prompt="{{x}}", labels=["staging"])
    html = html_of(client, cast, "prompts/a b", show="use")
    assert "get_prompt(&quot;a b&quot;, label=&quot;staging&quot;)" in html
    assert "http://testserver/api/public/v2/prompts/a%20b?label=staging" in html


def test_usage_links_to_generations(client: Client, cast: Cast) -> None:
    one, two = make_version(cast.a.project_id), make_version(cast.a.project_id)
    make_generation(cast.a.project_id, one.pk, id="g 1", seconds=2)
    make_generation(cast.a.project_id, two.pk, id="g2", seconds=4)
    make_score(cast.a.project_id, "g 1", value=0.5)
    whole = html_of(client, cast, "prompts/p", show="usage")
    assert f"/project/{cast.a.project_id}/traces/trace?observation=g%201" in whole
    assert "good 0.5" in whole
    usage = get(client, cast, "prompts/p", show="usage", version=2).context["usage"]
    assert [used.usage.generations.median_latency for used in usage.used] == [4.0]
    assert [linked.generation.observation_id for linked in usage.latest] == ["g2"]


def make_fetch(cast: Cast, version: PromptVersion, **values: Any) -> None:
    fields = {"label": "production", "sdk_name": "langfuse-python", "sdk_version": "3.15.0", "count": 7}
    now = timezone.now()
    PromptFetch.objects.create(
        project=cast.a.project, version=version, day=now.date(), last_seen=now, **{**fields, **values}
    )


def test_clients_with_their_keys_for_those_who_may_read_keys(client: Client, cast: Cast) -> None:
    old, new = make_version(cast.a.project_id), make_version(cast.a.project_id)
    make_fetch(cast, old, api_key_id=cast.a.api_key.pk)
    make_fetch(cast, new, sdk_name="langfuse-js", sdk_version="5.1.0")
    html = html_of(client, cast, "prompts/p", show="clients", version=1)
    assert "langfuse-python 3.15.0" in html
    assert "langfuse-js" not in html
    assert cast.a.public_key not in html
    everybody = html_of(client, cast, "prompts/p", user=cast.owner, show="clients")
    assert "langfuse-js 5.1.0" in everybody
    assert cast.a.public_key in everybody


def test_the_history_of_labels(client: Client, cast: Cast) -> None:
    for labels in (["production"], [], ["staging"]):
        make_version(cast.a.project_id, labels=labels)
    author = person(cast.a)
    move_label(cast.a.project_id, "p", label="production", version=2, author=author, reason="Tests are green")
    html = html_of(client, cast, "prompts/p", show="labels")
    assert "Tests are green" in html
    assert "from=1&amp;to=2" in html
    moves = get(client, cast, "prompts/p", show="labels", version=2).context["moves"]
    assert [one.move.label for one in moves] == ["production"]
    PromptLabelMove.objects.all().delete()
    assert "No label has moved" in html_of(client, cast, "prompts/p", show="labels")


def test_proposals_are_announced(client: Client, cast: Cast) -> None:
    author = person(cast.a)
    make_version(cast.a.project_id, labels=["production"])
    make_version(cast.a.project_id)
    propose_change(cast.a.project_id, "p", label="production", version=2, author=author, message="Why not")
    html = html_of(client, cast, "prompts/p")
    assert "Version 2 is proposed for <b>production</b>" in html
    assert "Why not" in html
    assert "from=1&amp;to=2" in html


def test_who_may_edit_is_led_to_the_admin(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    link = f"/admin/prompts/prompt/{prompt_of(cast.a.project_id).pk}/change/"
    assert link in html_of(client, cast, "prompts/p", user=cast.owner)
    assert link not in html_of(client, cast, "prompts/p")
    assert EDIT not in get(client, cast, "prompts/p").context["place"].scopes


def test_all_of_a_version_as_text(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, "part", prompt="part")
    tag = "@@@langfusePrompt:name=part|version=1@@@"
    make_version(cast.a.project_id, prompt=tag + "x" * 150_000, config={"a": "ü"})
    answer = get(client, cast, "prompt-text", key="p", version=1)
    assert (answer.headers["Content-Type"], answer.content.decode()) == (
        "text/plain; charset=utf-8",
        tag + "x" * 150_000,
    )
    composed = get(client, cast, "prompt-text", key="p", version=1, composed=1)
    assert composed.content.decode() == "part" + "x" * 150_000
    config = get(client, cast, "prompt-text", key="p", version=1, part="config")
    assert config.content.decode() == '{\n  "a": "ü"\n}'
    assert f"/project/{cast.a.project_id}/prompt-text?key=p&amp;version=1" in html_of(
        client, cast, "prompts/p"
    )


@pytest.mark.parametrize("name", ["Größe/日本 語/🦊?#&%2F", "a/../b", "..", "n" * 3000, "a'b\"c"])
def test_names_that_need_care_in_an_address(client: Client, cast: Cast, name: str) -> None:
    make_version(cast.a.project_id, name, prompt="first")
    make_version(cast.a.project_id, name, prompt="second")
    answer = get(client, cast, "prompts", q=name[:50])
    page = client.get(answer.context["listing"].rows[0].link)
    assert page.context["prompt"].name == name
    detail = page.context["detail"]
    assert client.get(detail.timeline.entries[1].link).context["detail"].version.version == 1
    compared = client.get(detail.timeline.entries[0].compare_link).context["difference"]
    assert [side.version.version for side in compared.sides] == [1, 2]
    assert client.get(page.context["text"].whole).content == b"second"


def test_what_clients_sent_is_escaped(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt=HOSTILE, config={"a": HOSTILE}, tags=[HOSTILE])
    make_version(cast.a.project_id, prompt="x {{a}} " + HOSTILE, commitMessage=HOSTILE)
    make_fetch(cast, PromptVersion.objects.get(version=1), sdk_name=HOSTILE, label=HOSTILE)
    queries: list[dict[str, Any]] = [{"show": tab} for tab in TABS]
    for query in [*queries, {"version": 1}, {"from": 1, "to": 2}]:
        html = html_of(client, cast, "prompts/p", **query)
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_what_is_not_there_is_not_found(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    queries: list[dict[str, str]] = [
        *({"version": number} for number in ("0", "2", "-1", "x", "", "9" * 30)),
        *(
            {"show": "nothing"},
            {"from": "1"},
            {"to": "1"},
            {"from": "1", "to": "2"},
            {"from": "a", "to": "1"},
        ),
    ]
    for query in queries:
        assert get(client, cast, "prompts/p", **query).status_code == 404, query
    assert get(client, cast, "prompts/P").status_code == 404
    assert get(client, cast, "prompt", key="").status_code == 404
    assert get(client, cast, "prompt-text", key="p").status_code == 404


def test_the_statements_of_a_page_do_not_grow(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    make_versions(cast.a.project_id, 60)
    client.force_login(cast.viewer)
    for tab in TABS:
        with django_assert_max_num_queries(20):
            client.get(f"/project/{cast.a.project_id}/prompts/p?show={tab}")


def make_versions(project_id: str, count: int) -> None:
    prompt = Prompt.objects.create(project_id=project_id, name="p", name_key="p")
    now = timezone.now()
    PromptVersion.objects.bulk_create(
        PromptVersion(prompt=prompt, version=number, content="x", created_at=now, updated_at=now)
        for number in range(1, count + 1)
    )
