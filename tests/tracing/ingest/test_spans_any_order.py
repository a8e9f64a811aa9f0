"""The same spans in any requests, any order, either encoding, digested one by one or at once: the same rows."""

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.cast import Cast, Side
from tests.flows.threads import at_once
from tests.tracing.ingest.pipeline import CAP, SENDER, access_of
from tests.tracing.wire.otel.exports import as_json, pairs
from tests.tracing.wire.otel.spans import START
from tracing.ingest.accept import accept_export
from tracing.ingest.drain import drain_spool
from tracing.models import Observation, Session, SpooledBatch, Trace
from tracing.models.pipeline import BatchKind

pytestmark = pytest.mark.django_db(transaction=True)

Sent = tuple[str, Span]
"""A service and a span of it."""

SERVICES: dict[str, tuple[dict[str, Any], str, str]] = {
    "web": (
        {"service.name": "web", "service.version": "7", "telemetry.sdk.language": "python"},
        "langfuse-sdk",
        "4.1.0",
    ),
    "agent": ({"service.name": "agent", "deployment.environment": "staging"}, "some-agent", "1"),
}
UNTOLD = {"created_at", "updated_at", "clocks"}
"""What tells of the way of a row, not of its content."""

STARTS = st.sampled_from([START, START + 1, START + 1_000, START + 5_000_000_000])
TEXTS = st.sampled_from(["a", "b", "c"])
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "langfuse.observation.type": st.sampled_from(["span", "generation", "tool"]),
        "langfuse.observation.input": st.sampled_from(['{"a":1}', "text", "7"]),
        "langfuse.observation.output": TEXTS,
        "langfuse.observation.metadata.k": st.sampled_from(["v", '{"x":1}']),
        "langfuse.observation.usage_details": st.sampled_from(['{"input":3}', '{"output":4}']),
        "langfuse.observation.model.name": st.just("gpt-4o"),
        "langfuse.trace.name": TEXTS,
        "langfuse.trace.input": TEXTS,
        "langfuse.trace.metadata.k": TEXTS,
        "langfuse.trace.metadata.l": TEXTS,
        "langfuse.trace.public": st.booleans(),
        "langfuse.trace.tags": st.lists(TEXTS, max_size=2),
        "langfuse.environment": st.sampled_from(["prod", "dev"]),
        "langfuse.release": TEXTS,
        "langfuse.internal.as_root": st.just(True),
        "user.id": TEXTS,
        "session.id": TEXTS,
        "gen_ai.usage.input_tokens": st.integers(0, 3),
    },
)


@st.composite
def spans(draw: Any) -> list[Sent]:
    """Return spans of two traces and two services; each has an id of its own, and a parent or none."""
    return [
        (draw(st.sampled_from(sorted(SERVICES))), _span(draw, number))
        for number in range(draw(st.integers(1, 7)))
    ]


def _span(draw: Any, number: int) -> Span:
    start = draw(STARTS)
    parent = draw(st.integers(-2, 7))
    return Span(
        trace_id=draw(st.sampled_from([b"1", b"2"])) * 16,
        span_id=bytes([number + 1]) * 8,
        parent_span_id=bytes([parent + 1]) * 8 if parent >= 0 and parent != number else b"",
        name=draw(TEXTS),
        start_time_unix_nano=start,
        end_time_unix_nano=start + draw(st.sampled_from([0, 10**9])),
        status=Status(code=draw(st.integers(0, 2)), message=draw(st.sampled_from(["", "why"]))),
        attributes=pairs(draw(ATTRIBUTES)),
    )


def export(group: list[Sent]) -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    by_service = defaultdict(list)
    for service, span in group:
        by_service[service].append(span)
    for service, made in by_service.items():
        resource, scope, version = SERVICES[service]
        of_resource = message.resource_spans.add()
        of_resource.resource.attributes.extend(pairs(resource))
        of_scope = of_resource.scope_spans.add(spans=made)
        of_scope.scope.name, of_scope.scope.version = scope, version
    return message


def groups(sent: list[Sent], random_: random.Random) -> Iterator[list[Sent]]:
    """Yield all spans, some twice, in a random order and in requests of random sizes."""
    rest = random_.sample(sent, len(sent)) + random_.sample(sent, random_.randint(0, len(sent)))
    while rest:
        size = random_.randint(1, len(rest))
        yield rest[:size]
        rest = rest[size:]


def accept(side: Side, group: list[Sent], kind: BatchKind) -> None:
    message = export(group)
    body = as_json(message) if kind == BatchKind.OTLP_JSON else message.SerializeToString()
    accept_export(access_of(side), kind, body, encoding="", cap=CAP, sender=SENDER)


def clear() -> None:
    for model in (Trace, Observation, Session, SpooledBatch):
        model.objects.all().delete()


def rows(project_id: str) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for model in (Trace, Observation, Session):
        values = model.objects.filter(project_id=project_id).order_by("id").values()
        found[model.__name__] = [{k: v for k, v in row.items() if k not in UNTOLD} for row in values]
    return found


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=spans(), seed=st.integers())
def test_spans_come_to_the_same_rows_in_whatever_order_and_grouping(
    cast: Cast, sent: list[Sent], seed: int
) -> None:
    clear()
    accept(cast.a, sent, BatchKind.OTLP_PROTOBUF)
    drain_spool()
    whole, random_ = rows(cast.a.project_id), random.Random(seed)
    assert len(whole["Observation"]) == len(sent)
    clear()
    for group in groups(sent, random_):
        accept(cast.a, group, random_.choice([BatchKind.OTLP_JSON, BatchKind.OTLP_PROTOBUF]))
        if random_.random() < 0.7:
            drain_spool()
    drain_spool()
    assert rows(cast.a.project_id) == whole


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=spans(), seed=st.integers())
def test_digests_at_once_come_to_the_same_rows(cast: Cast, sent: list[Sent], seed: int) -> None:
    clear()
    accept(cast.a, sent, BatchKind.OTLP_JSON)
    drain_spool()
    whole = rows(cast.a.project_id)
    clear()
    for group in groups(sent, random.Random(seed)):
        accept(cast.a, group, BatchKind.OTLP_PROTOBUF)
    at_once(drain_spool, drain_spool)
    drain_spool()
    assert not SpooledBatch.objects.exists()
    assert rows(cast.a.project_id) == whole


def test_children_before_their_parents_make_one_trace(cast: Cast) -> None:
    root = Span(
        trace_id=b"1" * 16,
        span_id=b"r" * 8,
        name="root",
        start_time_unix_nano=START,
        attributes=pairs({"langfuse.observation.input": "asked"}),
    )
    child = Span(
        trace_id=b"1" * 16,
        span_id=b"c" * 8,
        parent_span_id=b"r" * 8,
        name="child",
        start_time_unix_nano=START + 9,
    )
    for service, span in (("agent", child), ("web", root)):
        accept(cast.a, [(service, span)], BatchKind.OTLP_PROTOBUF)
        drain_spool()
    trace = Trace.objects.get()
    assert (trace.name, trace.input, trace.observation_count, trace.version) == ("root", "asked", 2, "7")
    assert Observation.objects.get(name="child").parent_observation_id == (b"r" * 8).hex()
