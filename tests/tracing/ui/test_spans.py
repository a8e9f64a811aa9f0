"""The panel OpenTelemetry: the span as it came, loaded when it is opened, closed to other tenants."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.tracing.factories import make_observation, make_trace
from tracing.ui.spans import MAX_SHOWN, counted
from tracing.wire.otel.raw import raw_span
from tracing.wire.otel.spans import Scope, Span, SpanEvent, SpanLink
from tracing.wire.payloads import Payload

HOSTILE = "<script>alert('x')</script>"


def span(**attributes: Any) -> Span:
    return Span(
        trace_id="t",
        span_id="o",
        parent_span_id=None,
        name="execute tool",
        start=1_000_000_000,
        end=2_000_000_000,
        status_code=2,
        status_message="broken pipe",
        attributes=attributes,
        events=[SpanEvent("exception", 1_250_000_000, {"exception.type": "OSError"})],
        links=[SpanLink("a" * 32, "b" * 16, {"why": "retry"}), SpanLink("", "", {})],
        scope=Scope("opentelemetry.instrumentation.x", "1.2", {"of": "scope"}),
        resource={"service.name": "shop"},
    )


def add(cast: Cast, raw: Span, **values: Any) -> None:
    make_trace(cast.a.project_id, id="t")
    given = {"output": "x" * 300, "otel": raw_span(raw, None, Payload("x" * 300, 0, True))}
    make_observation(cast.a.project_id, id="o", trace_id="t", **given | values)


def shown(client: Client, cast: Cast) -> str:
    client.force_login(cast.viewer)
    url = reverse("otel_span", args=[cast.a.project_id])
    answer = client.get(url, {"trace": "t", "observation": "o"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_everything_that_the_span_said(client: Client, cast: Cast) -> None:
    add(
        cast,
        span(**{"gen_ai.tool.name": "search", "n": 3, "list": ["a", 1], "same": "x" * 300, "bad": HOSTILE}),
    )
    html = shown(client, cast)
    for text in ("execute tool", "gen_ai.tool.name", "search", "[&quot;a&quot;,1]", "x" * 300, "broken pipe"):
        assert text in html
    for text in ("exception.type", "OSError", "+250 ms", "a" * 32, "retry", "x 1.2", "service.name", "shop"):
        assert text in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_text_that_was_replaced_since(client: Client, cast: Cast) -> None:
    add(cast, span(same="x" * 300), output="shorter")
    assert "stored as output when the span came in (300 characters)" in shown(client, cast)


def test_a_long_value_is_cut(client: Client, cast: Cast) -> None:
    add(cast, span(long="y" * 50_000))
    html = shown(client, cast)
    assert "y" * MAX_SHOWN in html
    assert "y" * (MAX_SHOWN + 1) not in html
    assert "10,000 of 50,000" in html


def test_the_page_offers_it_and_shows_calls_and_the_experiment(client: Client, cast: Cast) -> None:
    add(
        cast,
        span(),
        tool_call_names=["add", "find", "add"],
        experiment_id="x",
        experiment={"id": "x", "name": "try"},
    )
    client.force_login(cast.viewer)
    page = client.get(reverse("trace", args=[cast.a.project_id, "t"]), {"observation": "o"}).content.decode()
    assert "OpenTelemetry" in page
    assert "add × 2" in page
    assert page.count(">try<") == 2
    assert "execute tool" not in page


def test_other_observations_have_none(client: Client, cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t")
    make_observation(cast.a.project_id, id="o", trace_id="t")
    client.force_login(cast.viewer)
    page = client.get(reverse("trace", args=[cast.a.project_id, "t"]), {"observation": "o"}).content.decode()
    assert "OpenTelemetry" not in page
    url = reverse("otel_span", args=[cast.a.project_id])
    assert client.get(url, {"trace": "t", "observation": "o"}).status_code == 404


def test_another_tenant_gets_nothing(client: Client, cast: Cast) -> None:
    add(cast, span())
    client.force_login(cast.outsider)
    for project_id in (cast.a.project_id, cast.b.project_id):
        url = reverse("otel_span", args=[project_id])
        assert client.get(url, {"trace": "t", "observation": "o"}).status_code == 404


def test_each_call_once() -> None:
    assert (counted(["a", "b", "a"]), counted(None)) == (["a × 2", "b"], [])
