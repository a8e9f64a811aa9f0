"""Score events through the whole write path: what is stored, dropped, merged, and how many statements it takes."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from scoring.models import Score, ScoreConfig
from scoring.queries import list_ids_of_traces
from scoring.store import delete_score
from tests.cast import Cast, Side
from tests.tracing.ingest.pipeline import accept, event, ingest
from tracing.ingest.drain import drain_spool
from tracing.models import RejectedEvents, Trace
from tracing.store.deletion import delete_traces

Body = dict[str, Any]


def score(body: Body, **envelope: str) -> Body:
    return event("score-create", {"id": "s", "traceId": "t", "name": "n", "value": 1, **body}, **envelope)


def stored(side: Side) -> Score:
    return Score.objects.get(project_id=side.project_id)


def representation(row: Score) -> tuple[Any, ...]:
    return row.data_type, row.value, row.string_value, row.long_string_value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"value": 0.9}, ("NUMERIC", 0.9, None, "")),
        ({"value": "none"}, ("CATEGORICAL", 0, "none", "")),
        ({"value": 0}, ("NUMERIC", 0, None, "")),
        ({"value": 0, "dataType": "NUMERIC"}, ("NUMERIC", 0, None, "")),
        ({"value": 1.0, "dataType": "BOOLEAN"}, ("BOOLEAN", 1, "True", "")),
        ({"value": 0, "dataType": "BOOLEAN"}, ("BOOLEAN", 0, "False", "")),
        ({"value": "good", "dataType": "TEXT"}, ("TEXT", 0, "good", "")),
        ({"value": "better", "dataType": "CORRECTION"}, ("CORRECTION", 0, None, "better")),
    ],
)
def test_representation(cast: Cast, body: Body, expected: tuple[Any, ...]) -> None:
    ingest(cast.a, [score(body)])
    assert representation(stored(cast.a)) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"value": True, "dataType": "BOOLEAN"},
        {"value": 2, "dataType": "BOOLEAN"},
        {"value": "1", "dataType": "NUMERIC"},
        {"value": 1, "dataType": "CATEGORICAL"},
        {"value": "", "dataType": "TEXT"},
        {"value": "x" * 501, "dataType": "TEXT"},
        {"value": 1, "dataType": None},
        {"value": 10**400},
        {"value": None},
        {"name": ""},
        {"id": ""},
        {"traceId": ""},
        {"traceId": None, "observationId": "o", "sessionId": "s"},
        {"sessionId": "s"},
        {"source": "HUMAN"},
        {"value": "x", "dataType": "CORRECTION", "configId": "c"},
    ],
)
def test_invalid(cast: Cast, body: Body) -> None:
    accepted = accept(cast.a, [score(body, id_="bad"), score({}, id_="good")])
    assert [one.id for one in accepted.rejections] == ["bad"]
    assert [one.id for one in accepted.events] == ["good"]


def test_targets(cast: Cast) -> None:
    ingest(cast.a, [score({"observationId": "o", "environment": "Langfuse-Prod"})])
    row = stored(cast.a)
    assert (row.trace_id, row.observation_id, row.session_id, row.environment) == ("t", "o", None, "prod")
    assert not Trace.objects.filter(project_id=cast.a.project_id).exists()


def test_correction_is_called_output_and_needs_a_trace(cast: Cast) -> None:
    correction = {"value": "x", "dataType": "CORRECTION"}
    ingest(cast.a, [score(correction), score({**correction, "id": "s2", "traceId": None, "sessionId": "s"})])
    assert stored(cast.a).name == "output"


def test_score_without_id_is_stored_once(cast: Cast) -> None:
    event_ = score({"id": None})
    ingest(cast.a, [event_], [event_])
    assert len(stored(cast.a).id) == 36


def test_later_event_wins_but_for_time_and_target(cast: Cast) -> None:
    first = score({"metadata": {"a": {"x": 1}}, "comment": "c"}, at="2026-01-01T00:00:00Z")
    second = score(
        {"value": "y", "traceId": "t2", "metadata": {"a": {"z": 2}}}, at="2026-01-02T00:00:00Z", id_="second"
    )
    ingest(cast.a, [second], [first], [second])
    row = stored(cast.a)
    assert representation(row) == ("CATEGORICAL", 0, "y", "")
    assert (row.trace_id, row.comment, row.timestamp.day) == ("t", None, 1)
    assert row.metadata == {"a": {"x": 1, "z": 2}}


EVENTS = [
    score({"metadata": {"n": 1.0, "big": 12345678901234567890.5, "o": {"a": [1, {"b": 1e2}]}}}, id_="1"),
    score({"value": "x", "metadata": {"n": 1e0, "o": {"a": [2, {"c": None}], "z": {}}}}, id_="2"),
    score({"value": 3, "metadata": {"o": {"a": "text"}, "huge": 1e300}}, at="2026-01-02T00:00:00Z", id_="3"),
    score({"value": 4, "metadata": [1]}, at="2025-01-01T00:00:00Z", id_="4"),
]


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1, 0), (0, 3, 1, 2, 2)])
def test_order_of_batches_makes_no_difference(cast: Cast, order: tuple[int, ...]) -> None:
    ingest(cast.a, *([one] for one in EVENTS))
    ingest(cast.b, *([EVENTS[place]] for place in order))
    ours, theirs = stored(cast.a), stored(cast.b)
    for column in ("timestamp", "value", "string_value", "data_type", "metadata"):
        assert getattr(ours, column) == getattr(theirs, column)


def test_drops_of_many_batches_are_counted_together(cast: Cast) -> None:
    for number in range(3):
        accept(cast.a, [score({"configId": "none"}, id_=str(number))])
    drain_spool()
    assert RejectedEvents.objects.get(project=cast.a.project).count == 3


def test_long_ids_and_nul(cast: Cast) -> None:
    wire_id = "\N{PILE OF POO}" * 800
    ingest(
        cast.a, [score({"id": wire_id, "traceId": wire_id, "comment": "a\x00b", "metadata": {"k": "\x00"}})]
    )
    row = stored(cast.a)
    assert row.long_ids == {"id": wire_id, "trace_id": wire_id}
    assert (row.comment, row.metadata) == ("a\ufffdb", {"k": "\ufffd"})


def make_config(side: Side, **fields: Any) -> ScoreConfig:
    return ScoreConfig.objects.create(
        project=side.project, **{"name": "config", "data_type": "NUMERIC", **fields}
    )


LABELS = [{"label": "good", "value": 7}, {"label": "bad", "value": -1}]


@pytest.mark.parametrize(
    ("config", "value", "expected"),
    [
        ({"min_value": 0, "max_value": 1}, 1, ("NUMERIC", 1, None, "")),
        ({"data_type": "CATEGORICAL", "categories": LABELS}, "good", ("CATEGORICAL", 7, "good", "")),
        ({"data_type": "BOOLEAN"}, 1, ("BOOLEAN", 1, "True", "")),
        ({"data_type": "TEXT"}, "long", ("TEXT", 0, "long", "")),
    ],
)
def test_config_names_and_types(cast: Cast, config: Body, value: Any, expected: tuple[Any, ...]) -> None:
    made = make_config(cast.a, **config)
    ingest(cast.a, [score({"configId": made.id, "value": value})])
    assert (stored(cast.a).name, *representation(stored(cast.a))) == ("config", *expected)


@pytest.mark.parametrize(
    ("config", "body", "reason"),
    [
        ({"max_value": 1}, {"value": 1.5}, "score value above its config's maximum"),
        ({"min_value": 1}, {"value": 0.5}, "score value below its config's minimum"),
        ({"is_archived": True}, {}, "score config archived"),
        ({}, {"value": "x"}, "value must be a number for a NUMERIC score"),
        ({}, {"value": "x", "dataType": "CATEGORICAL"}, "score type differs from its config"),
        (
            {"data_type": "CATEGORICAL", "categories": LABELS},
            {"value": "ugly"},
            "score category not in its config",
        ),
    ],
)
def test_config_drops_and_counts(cast: Cast, config: Body, body: Body, reason: str) -> None:
    made = make_config(cast.a, **config)
    ingest(cast.a, [score({"configId": made.id, **body})])
    assert not Score.objects.exists()
    counted = RejectedEvents.objects.get(project=cast.a.project)
    assert (counted.reason, counted.count) == (reason, 1)


def test_config_of_another_project_is_unknown(cast: Cast) -> None:
    foreign = make_config(cast.b)
    ingest(cast.a, [score({"configId": foreign.id})])
    assert RejectedEvents.objects.get(project=cast.a.project).reason == "score config not found"


def test_annotation_without_config_is_dropped(cast: Cast) -> None:
    ingest(cast.a, [score({"source": "ANNOTATION"})])
    assert not Score.objects.exists()


def test_same_id_in_two_projects(cast: Cast) -> None:
    ingest(cast.a, [score({})])
    ingest(cast.b, [score({"value": 2})])
    assert (stored(cast.a).value, stored(cast.b).value) == (1, 2)


def test_deleted_score_comes_back_only_by_a_later_event(cast: Cast) -> None:
    ingest(cast.a, [score({})])
    accept(cast.a, [score({"value": 2})])
    delete_score(cast.a.project_id, "s", author=SYSTEM)
    drain_spool()
    assert not Score.objects.exists()
    ingest(cast.a, [score({"value": 3})])
    assert stored(cast.a).value == 3


def test_scores_of_a_deleted_trace_go_along(cast: Cast) -> None:
    ingest(cast.a, [event("trace-create", {"id": "t"}), score({}, id_="e2")])
    accept(cast.a, [score({"id": "s2"})])
    delete_traces(cast.a.project_id, ["t"], author=SYSTEM)
    drain_spool()
    assert not Score.objects.exists()


def test_ids_of_traces_leave_out_corrections_and_others(cast: Cast) -> None:
    correction = score({"id": "c", "value": "x", "dataType": "CORRECTION"})
    ingest(cast.a, [score({}), score({"id": "s0"}, at="2025-01-01T00:00:00Z"), correction])
    ingest(cast.b, [score({"id": "other"})])
    assert list_ids_of_traces(cast.a.project_id, ["t", "none"]) == {"t": ["s0", "s"]}


def test_statements_do_not_grow_with_events(cast: Cast) -> None:
    counts = []
    for number in (2, 60):
        accept(cast.a, [score({"id": f"{number}-{one}", "traceId": f"t{one}"}) for one in range(number)])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            drain_spool()
        counts.append(len(queries))
    assert Score.objects.count() == 62
    assert counts[0] == counts[1]
