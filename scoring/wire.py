"""The JSON of one score in, a checked body out: the shape and rules that hold without looking at any row."""

from typing import Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from tracing.wire.events import ABSENT, Id, Moment, check_id, check_moment

MAX_TEXT = 500
NO_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
"""What the numbers that JSON doesn't have arrive as (`tracing.wire.text`)."""

DataType = Literal["NUMERIC", "CATEGORICAL", "BOOLEAN", "TEXT", "CORRECTION"]
Source = Literal["API", "EVAL", "ANNOTATION"]


class ScoreBody(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A score as clients send it; empty texts in the place of an id count as missing."""

    name: str
    value: int | float | str
    id: Id | None = None
    data_type: DataType | UnsetType = UNSET
    trace_id: str | None = None
    observation_id: str | None = None
    session_id: str | None = None
    dataset_run_id: str | None = None
    config_id: str | None = None
    queue_id: str | None = None
    execution_trace_id: str | None = None
    comment: str | None = None
    source: Source | None = None
    given_at: Moment | None = None
    """The score's own time where a route takes one (`scoring.posting`); else it is the event's."""
    environment: Raw = ABSENT
    """Anything is taken here: what is no environment becomes `default`."""
    metadata: Raw = ABSENT

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name must not be empty")
        check_id("id", self.id)
        check_moment("timestamp", self.given_at)
        _check_value(self)
        _check_target(self)


def _check_value(body: ScoreBody) -> None:
    if isinstance(body.value, int) and not isinstance(_float_or_none(body.value), float):
        raise ValueError("value is a number beyond the range of a double")
    if body.data_type is UNSET:
        if body.value in NO_NUMBERS:
            raise ValueError("value must be a finite number, or a string with a dataType")
        return
    problem = value_problem(body.data_type, body.value)
    if problem:
        raise ValueError(problem)
    if body.data_type == "CORRECTION" and body.config_id:
        raise ValueError("configId must be absent for a CORRECTION")


def value_problem(data_type: str, value: float | str) -> str | None:
    """Return what is wrong with the value of a score of this type, or None."""
    if data_type in {"NUMERIC", "BOOLEAN"} and isinstance(value, str):
        return f"value must be a number for a {data_type} score"
    if data_type == "BOOLEAN" and value not in {0, 1}:
        return "value must be 0 or 1 for a BOOLEAN score"
    if data_type in {"CATEGORICAL", "TEXT", "CORRECTION"} and not isinstance(value, str):
        return f"value must be a string for a {data_type} score"
    if data_type == "TEXT" and not 1 <= len(str(value)) <= MAX_TEXT:
        return f"value must have 1 to {MAX_TEXT} characters for a TEXT score"
    return None


def _check_target(body: ScoreBody) -> None:
    targets = sum(bool(target) for target in (body.trace_id, body.session_id, body.dataset_run_id))
    if targets != 1 or (body.observation_id and not body.trace_id):
        raise ValueError(
            "Provide exactly one of: traceId, traceId with observationId, sessionId, datasetRunId"
        )


def _float_or_none(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
