"""The list of traces and the page of one: in order, escaped, whole, and closed to other tenants."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from langfuse_site.lib.ids import key_of
from tests.analytics.factories import make_score
from tests.cast import Cast
from tests.prompts.making import make_version
from tests.tracing.factories import NOON, long, make_observation, make_trace
from tests.tracing.ingest.pipeline import event, ingest
from tracing.models import Observation, Trace

HOSTILE = "<script>alert('x')</script>"


def add_trace(project_id: str, trace_id: str = "t", **values: Any) -> Trace:
    return make_trace(project_id, **ids(trace_id), **values)


def add_observation(project_id: str, observation_id: str = "o", **values: Any) -> Observation:
    return make_observation(project_id, **ids(observation_id), **{"trace_id": "t", **values})


def ids(wire_id: str) -> dict[str, Any]:
    return {"id": wire_id} if key_of(wire_id) == wire_id else long("id", wire_id)


def page_of(client: Client, cast: Cast, trace_id: str = "t", **query: str) -> str:
    client.force_login(cast.viewer)
    answer = client.get(reverse("trace", args=[cast.a.project_id, trace_id]), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_every_trace_is_listed_once_page_by_page(client: Client, cast: Cast) -> None:
    for number in range(120):
        add_trace(
            cast.a.project_id,
            f"t{number:03}",
            timestamp=NOON + timedelta(seconds=number // 3),
            name=f"n{number:03}",
        )
    add_trace(cast.b.project_id, "of-b", name="foreign")
    client.force_login(cast.viewer)
    names: list[str] = []
    query = ""
    for _ in range(4):
        answer = client.get(f"/project/{cast.a.project_id}/traces{query}")
        names += [trace.name for trace in answer.context["traces"]]
        query = answer.context["older"]
        if not query:
            break
    assert names == [f"n{number:03}" for number in reversed(range(120))]


def test_traces_of_a_user_and_a_session(client: Client, cast: Cast) -> None:
    long = "u" * 70
    add_trace(cast.a.project_id, "one", user_id=long + "1", session_id="s")
    add_trace(cast.a.project_id, "two", user_id=long + "2", session_id="s")
    client.force_login(cast.viewer)
    base = f"/project/{cast.a.project_id}/traces"
    by_user = client.get(base, {"user": long + "2"}).context["traces"]
    by_session = client.get(base, {"session": "s"}).context["traces"]
    assert ([t.id for t in by_user], len(by_session)) == (["two"], 2)


def test_a_session_with_signs_in_its_name(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, session_id="a&b <c>")
    link = re.search(r'href="([^"]*session=[^"]*)"', page_of(client, cast))
    assert link
    assert len(client.get(link[1]).context["traces"]) == 1


def test_what_clients_sent_is_escaped(client: Client, cast: Cast) -> None:
    add_trace(
        cast.a.project_id,
        name=HOSTILE,
        user_id=HOSTILE,
        tags=[HOSTILE],
        input=HOSTILE,
        metadata={"a": HOSTILE},
    )
    add_observation(cast.a.project_id, name=HOSTILE, level="ERROR", status_message=HOSTILE)
    chat = json.dumps([{"role": HOSTILE, "content": HOSTILE}])
    add_observation(cast.a.project_id, "chat", input=chat, input_form=1)
    pages = [page_of(client, cast), *(page_of(client, cast, observation=id_) for id_ in ("o", "chat"))]
    pages.append(client.get(f"/project/{cast.a.project_id}/traces").content.decode())
    for html in pages:
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_many_tags_are_counted_rather_than_shown(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, tags=[f"tag-{number}" for number in range(150)])
    html = page_of(client, cast)
    assert (html.count(">tag-"), "+50" in html) == (100, True)
    assert "+149" in client.get(f"/project/{cast.a.project_id}/traces").content.decode()


def test_numbers_are_shown_as_they_were_sent(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, input='{"n":12345678901234567890123,"f":0.10,"e":1e400}', input_form=2)
    html = page_of(client, cast)
    for number in ("12345678901234567890123", "0.10", "1e400"):
        assert number in html


def test_cost_explains_itself(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id)
    add_observation(
        cast.a.project_id,
        type="GENERATION",
        model="gpt-4o-mini",
        usage_details={"input": 1250, "output": 120},
        cost_details={"input": 0.0001875, "output": 0.000072, "total": 0.0002595},
        prices={"input": "0.00000015", "output": "0.0000006"},
        total_cost=Decimal("0.0002595"),
    )
    html = page_of(client, cast, observation="o")
    for shown in ("1,250", "$0.15", "$0.60", "$0.0001875", "$0.0002595"):
        assert shown in html


def test_ids_that_need_care_in_an_address(client: Client, cast: Cast) -> None:
    for trace_id in ("a/b?c#d%20é", "🦊" * 200):
        add_trace(cast.a.project_id, trace_id, name="found")
        assert "found" in page_of(client, cast, trace_id)
    client.force_login(cast.viewer)
    assert client.get(f"/project/{cast.a.project_id}/traces").content.decode().count("found") == 2


def test_a_long_id_of_an_observation(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id)
    add_observation(cast.a.project_id, "🦊" * 200, name="inner")
    link = re.search(r'href="([^"]*observation=[^"]*)"', page_of(client, cast))
    assert link
    assert client.get(link[1]).context["panel"].title == "inner"


def test_a_long_payload_is_cut_and_opens_whole(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, output="x" * 150_000)
    assert "Open the whole" in page_of(client, cast)
    query = urlencode({"trace": "t", "field": "output"})
    answer = client.get(f"/project/{cast.a.project_id}/payload?{query}")
    assert (len(answer.content), answer.headers["Content-Type"]) == (150_000, "text/plain; charset=utf-8")


def test_other_columns_are_no_payload(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, name="n")
    client.force_login(cast.viewer)
    for field in ("name", "__class__", "metadata", ""):
        assert client.get(f"/project/{cast.a.project_id}/payload?trace=t&field={field}").status_code == 404


def test_ids_of_another_tenant_are_not_found(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, output="secret")
    add_observation(cast.a.project_id, output="secret")
    client.force_login(cast.outsider)
    b = f"/project/{cast.b.project_id}"
    for url in (f"{b}/traces/t", f"{b}/payload?trace=t&field=output", "/trace/t"):
        assert client.get(url).status_code == 404
    add_trace(cast.b.project_id)
    assert client.get(f"{b}/traces/t?observation=o").status_code == 404


def test_a_trace_is_found_by_its_id_alone(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, "a/b")
    client.force_login(cast.viewer)
    assert client.get("/trace/a/b").headers["Location"] == f"/project/{cast.a.project_id}/traces/a/b"


def test_a_waiting_page_is_told_of_the_first_trace(client: Client, cast: Cast) -> None:
    client.force_login(cast.viewer)
    url = f"/project/{cast.a.project_id}/first-trace"
    assert client.get(url).status_code == 204
    add_trace(cast.a.project_id, "first")
    trace = f"/project/{cast.a.project_id}/traces/first"
    assert client.get(url, {"open": "1"}).headers["HX-Redirect"] == trace
    assert trace in client.get(url).content.decode()


def test_thousands_of_observations_come_in_pages(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id, observation_count=1_200, first_start=NOON)
    Observation.objects.bulk_create(
        Observation(
            project_id=cast.a.project_id,
            id=f"o{number:04}",
            trace_id="t",
            parent_observation_id=f"o{number - 1:04}" if number else None,
            type="SPAN",
            start_time=NOON,
            created_at=NOON,
            updated_at=NOON,
        )
        for number in range(1_200)
    )
    first, last = page_of(client, cast), page_of(client, cast, **{"from": "1000"})
    assert (first.count("observation=o"), last.count("observation=o")) == (500, 200)
    assert "1001–1200 of 1,200" in last


def test_a_click_loads_the_panel_alone(client: Client, cast: Cast) -> None:
    add_trace(cast.a.project_id)
    add_observation(cast.a.project_id, name="inner")
    client.force_login(cast.viewer)
    url = f"/project/{cast.a.project_id}/traces/t?observation=o"
    panel = client.get(url, headers={"hx-request": "true", "hx-target": "panel"})
    assert panel.content.lstrip().startswith(b'<article id="panel">')
    assert "HX-Request" in panel.headers["Vary"]


def test_the_statements_of_a_page_do_not_grow(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        add_trace(cast.a.project_id, f"t{number}")
    client.force_login(cast.viewer)
    with django_assert_max_num_queries(10):
        client.get(f"/project/{cast.a.project_id}/traces")


def test_a_score_of_zero_shows_as_zero(client: Client, cast: Cast) -> None:
    zero = {"id": "z", "traceId": "t", "name": "none", "value": 0}
    ingest(cast.a, [event("trace-create", {"id": "t"}), event("score-create", zero)])
    assert "<td>none</td><td>0</td>" in page_of(client, cast)


def test_a_generation_leads_to_its_prompt(client: Client, cast: Cast) -> None:
    version = make_version(cast.a.project_id, "support/answer")
    add_trace(cast.a.project_id)
    add_observation(
        cast.a.project_id, prompt_id=version.pk, prompt_name=version.prompt.name, prompt_version=1
    )
    html = page_of(client, cast, observation="o")
    link = f"/project/{cast.a.project_id}/prompts/support/answer?version=1"
    assert f'href="{link}"' in html
    assert client.get(link).status_code == 200
    version.prompt.delete()
    html = page_of(client, cast, observation="o")
    assert "version 1, deleted" in html
    assert link not in html


def test_a_prompt_of_another_project_is_no_link(client: Client, cast: Cast) -> None:
    version = make_version(cast.b.project_id, "secret")
    add_trace(cast.a.project_id)
    add_observation(cast.a.project_id, prompt_id=version.pk, prompt_name="mine", prompt_version=1)
    html = page_of(client, cast, observation="o")
    assert "mine" in html
    assert "secret" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "n"}, ["early", "late"]),
        ({"name": "n", "from": "2026-05-04T12:30Z"}, ["late"]),
        ({"to": "2026-05-04T13:00Z"}, ["early", "odd"]),
        ({"environment": "staging"}, ["odd"]),
        ({"without": "name"}, ["odd"]),
        ({"tag": "beta"}, ["late"]),
        ({"errors": "yes"}, ["early"]),
        ({"level": "ERROR"}, ["early"]),
        ({"model": "gpt"}, ["odd"]),
        ({"model": "gpt", "from": "2026-05-04T12:00Z", "to": "2026-05-04T12:00:01Z"}, []),
        ({"prompt": "greet", "prompt_version": "2"}, ["odd"]),
        ({"prompt": "unknown"}, []),
        ({"type": "TOOL", "step": "search"}, ["early"]),
        ({"score": "quality"}, ["late"]),
        ({"name": "n", "tag": "beta", "user": "nobody"}, []),
    ],
)
def test_traces_that_are_asked_for(
    client: Client, cast: Cast, query: dict[str, str], found: list[str]
) -> None:
    project_id = cast.a.project_id
    add_trace(project_id, "early", name="n", error_count=1)
    add_trace(project_id, "late", name="n", timestamp=NOON + timedelta(hours=1), tags=["beta"])
    add_trace(project_id, "odd", environment="staging", timestamp=NOON - timedelta(hours=1))
    add_observation(project_id, "tool", trace_id="early", type="TOOL", name="search", level="ERROR")
    prompt = {"prompt_name": "greet", "prompt_version": 2, "prompt_id": "p"}
    later = NOON + timedelta(seconds=5)
    add_observation(
        project_id, "call", trace_id="odd", type="GENERATION", model="gpt", start_time=later, **prompt
    )
    add_observation(project_id, "lost", trace_id="late", prompt_name="unknown")
    make_score(project_id, trace_id="late")
    client.force_login(cast.viewer)
    answer = client.get(f"/project/{project_id}/traces", query)
    assert sorted(trace.id for trace in answer.context["traces"]) == found
    assert answer.status_code == 200


def test_filters_are_said_and_each_can_be_removed(client: Client, cast: Cast) -> None:
    client.force_login(cast.viewer)
    text = client.get(f"/project/{cast.a.project_id}/traces?name=n&tag=a%26b").content.decode()
    assert "named <b>n</b>" in text and "tagged <b>a&amp;b</b>" in text
    assert 'href="?tag=a%26b"' in text and 'href="?name=n"' in text


@pytest.mark.parametrize("query", ["from=now", "to=9999-99-99", "from=0001-01-01T00:00%2B14:00"])
def test_a_time_that_is_none(client: Client, cast: Cast, query: str) -> None:
    client.force_login(cast.viewer)
    assert client.get(f"/project/{cast.a.project_id}/traces?{query}").status_code == 404
