"""What a digest or a deletion marks: every slice whose rollups no longer agree with the rows, and of what kind."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import SYSTEM
from tests.cast import Cast, Side
from tests.tracing.ingest.pipeline import accept, event, ingest
from tracing.ingest.drain import drain_spool
from tracing.models import DirtySlice, Trace
from tracing.store.deletion import delete_traces
from tracing.store.dirty import Kind

pytestmark = pytest.mark.django_db(transaction=True)

OBS, TRACE, SCORE = Kind.OBSERVATIONS, Kind.TRACES, Kind.SCORES


def at(minute: int, second: int = 0) -> str:
    return f"2026-01-01T10:{minute:02d}:{second:02d}Z"


def span(id_: str = "o", minute: int = 0, *, sent: int = 0, **body: Any) -> Any:
    return event("span-create", {"id": id_, "traceId": "t", "startTime": at(minute), **body}, at=at(0, sent))


def trace(minute: int = 0, *, sent: int = 0, **body: Any) -> Any:
    return event("trace-create", {"id": "t", "timestamp": at(minute), **body}, at=at(0, sent))


def score(minute: int = 0) -> Any:
    return event("score-create", {"id": "s", "traceId": "t", "name": "n", "value": 1}, at=at(minute))


def marked(side: Side, *batch: Any) -> dict[int, int]:
    """Return the minutes that a digest of the batch marks, and the kinds."""
    DirtySlice.objects.all().delete()
    if batch:
        ingest(side, list(batch))
    return marks()


def marks() -> dict[int, int]:
    return {row.slice_start.minute: row.kinds for row in DirtySlice.objects.all()}


def test_what_is_new_is_marked_where_it_is(cast: Cast) -> None:
    assert marked(cast.a, trace(1), span("a", 2), span("b", 3), score(4)) == {
        1: TRACE,
        2: OBS,
        3: OBS,
        4: SCORE,
    }


def test_what_changes_nothing_marks_nothing(cast: Cast) -> None:
    ingest(cast.a, [trace(1), span("a", 2)])
    assert marked(cast.a, trace(1), span("a", 2)) == {}


def test_an_observation_marks_its_trace_too(cast: Cast) -> None:
    ingest(cast.a, [trace(1)])
    assert marked(cast.a, span("a", 9)) == {1: TRACE, 9: OBS}


def test_a_score_marks_no_trace(cast: Cast) -> None:
    ingest(cast.a, [trace(1), span("a", 2)])
    assert marked(cast.a, score(30)) == {30: SCORE}


def test_a_start_that_moves_marks_both_places(cast: Cast) -> None:
    ingest(cast.a, [trace(1), span("a", 9, sent=5)])
    assert marked(cast.a, span("a", 4, sent=2)) == {1: TRACE, 9: OBS, 4: OBS}


def test_a_trace_that_moves_marks_both_places(cast: Cast) -> None:
    ingest(cast.a, [trace(9, sent=5)])
    assert marked(cast.a, trace(4, sent=2)) == {9: TRACE, 4: TRACE}


def test_an_implied_trace_moves_with_its_first_observation(cast: Cast) -> None:
    ingest(cast.a, [span("a", 9)])
    assert marked(cast.a, span("b", 4)) == {9: TRACE, 4: OBS | TRACE}


def test_a_score_that_moves_marks_both_places(cast: Cast) -> None:
    ingest(cast.a, [score(9)])
    assert marked(cast.a, score(4)) == {9: SCORE, 4: SCORE}


def test_a_trace_that_is_renamed_marks_its_observations(cast: Cast) -> None:
    ingest(cast.a, [span("a", 3), span("b", 40), trace(1)])
    assert marked(cast.a, trace(1, sent=1, name="renamed")) == {1: TRACE, 3: OBS, 40: OBS}
    assert marked(cast.a, trace(1, sent=2, userId="ada")) == {1: TRACE}


def test_a_trace_that_is_described_later_marks_its_observations(cast: Cast) -> None:
    ingest(cast.a, [span("a", 3)])
    assert marked(cast.a, trace(1, name="late")) == {1: TRACE, 3: OBS | TRACE}


def test_an_observation_that_changes_its_trace_marks_both(cast: Cast) -> None:
    ingest(cast.a, [trace(1), span("a", 3, sent=5), span("b", 4)])
    other = event("span-create", {"id": "a", "traceId": "other", "startTime": at(3)}, at=at(0, 2))
    assert marked(cast.a, other) == {1: TRACE, 3: OBS | TRACE}


def test_a_deletion_marks_all_that_goes(cast: Cast) -> None:
    ingest(cast.a, [trace(1), span("a", 3), score(5)])
    DirtySlice.objects.all().delete()
    delete_traces(cast.a.project_id, ["t"], author=SYSTEM)
    assert marks() == {1: TRACE, 3: OBS, 5: SCORE}


def test_marks_of_one_slice_add_up(cast: Cast) -> None:
    ingest(cast.a, [trace(1)])
    ingest(cast.a, [score(1)])
    row = DirtySlice.objects.get()
    assert (row.kinds, row.marks) == (TRACE | SCORE, 2)
    assert row.dirty_since < row.marked_at


def test_a_digest_runs_one_statement_more_where_traces_are_renamed(cast: Cast) -> None:
    def statements(*events: Any) -> int:
        accept(cast.a, list(events))
        with CaptureQueriesContext(connection) as captured:
            drain_spool()
        return len(captured)

    ingest(cast.a, [span(f"o{minute}", minute) for minute in range(50)], [trace(1, name="a")])
    same = statements(trace(1, sent=1, version="1"))
    assert statements(trace(1, sent=2, name="b")) == same + 1
    assert Trace.objects.get().name == "b"
