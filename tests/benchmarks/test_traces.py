"""The benchmark's traces: the same for every run, under ids that nobody has sent."""

import json
import random
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.client import REEL_EVENTS
from benchmarks.exports import make_export_reel
from benchmarks.traces import SCORED_OF, TOKEN, fresh_token, make_reel


def test_the_same_seed_makes_the_same_bodies() -> None:
    assert make_reel(15, batches=4).bodies == make_reel(15, batches=4).bodies
    assert make_reel(15, batches=4, seed=2).bodies != make_reel(15, batches=4).bodies


def test_every_pass_has_ids_of_its_own() -> None:
    reel = make_reel(15, batches=4)
    first, second = (_ids(reel.fresh(0, fresh_token(random.Random(seed)))) for seed in (1, 2))
    assert len(first) == len(set(first)) == 15
    assert not set(first) & set(second)
    assert len(fresh_token(random.Random())) == len(TOKEN)


def test_batches_cut_traces_where_they_end() -> None:
    reel = make_reel(100, batches=REEL_EVENTS // 100)
    events = [event for body in reel.bodies for event in json.loads(body)["batch"]]
    kinds = [event["type"] for event in events]
    traces = kinds.count("trace-create")
    assert set(reel.counts[:-1]) == {100}
    assert kinds.count("generation-create") == 2 * traces == 2 * kinds.count("event-create")
    assert traces / SCORED_OF * 0.7 < kinds.count("score-create") < traces / SCORED_OF * 1.3
    assert 2_000 < reel.bytes_per_event < 2_400


def test_the_last_observation_of_a_body_is_named_as_it_was_sent() -> None:
    reel = make_reel(15, batches=4)
    token = fresh_token(random.Random(3))
    assert reel.observation(1, token) in _ids(reel.fresh(1, token), of="body")


def _ids(body: bytes, *, of: str = "") -> list[str]:
    events: list[dict[str, Any]] = json.loads(body)["batch"]
    return [(event[of] if of else event)["id"] for event in events]


def test_every_pass_of_exports_has_ids_of_its_own() -> None:
    reel = make_export_reel(50, batches=3)
    first, second = (_spans(reel.fresh(0, reel.new_token(random.Random(seed)))) for seed in (1, 2))
    assert len({span.span_id for span in first}) == len(first) == 50
    assert not {span.span_id for span in first} & {span.span_id for span in second}
    assert not {span.trace_id for span in first} & {span.trace_id for span in second}


def test_an_export_has_whole_traces_and_counts_their_rows() -> None:
    reel = make_export_reel(50, batches=3)
    spans = [span for body in reel.bodies for span in _spans(body)]
    assert sum(reel.rows) == len(spans) + len({span.trace_id for span in spans})
    roots = [span for span in spans if not span.parent_span_id]
    assert len(roots) * 5 == len(spans)
    token = reel.new_token(random.Random(3))
    assert reel.observation(1, token) == _spans(reel.fresh(1, token))[-1].span_id.hex()


def _spans(body: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return [span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans]
