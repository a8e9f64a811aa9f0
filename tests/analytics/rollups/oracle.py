"""Rows of a project in, the rollups that they come to at a level out: grouped one by one, in plain Python."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from hashlib import md5
from typing import Any

from analytics.models import (
    RollupObservationFacets,
    RollupObservations,
    RollupScores,
    RollupTraceFacets,
    RollupTraces,
    RollupUsage,
)
from analytics.rollups.levels import Level
from analytics.rollups.sketch import sketch_of
from scoring.models import Score
from tracing.models import Observation, Trace

Group = tuple[Any, ...]
"""The start and the dimensions."""
Rollups = dict[Group, dict[str, Any]]

MODELS: dict[str, Any] = {
    "observations": RollupObservations,
    "usage": RollupUsage,
    "traces": RollupTraces,
    "scores": RollupScores,
    "observation facets": RollupObservationFacets,
    "trace facets": RollupTraceFacets,
}
DIMENSIONS = {
    "observations": (
        *("environment", "type", "observation_level", "name", "trace_name"),
        *("model", "prompt_name", "prompt_version"),
    ),
    "usage": ("environment", "model", "usage_key"),
    "traces": ("environment", "facet", "value"),
    "scores": ("environment", "name", "source", "data_type", "string_value"),
    "observation facets": (
        *("facet", "environment", "type", "observation_level", "name"),
        *("model", "prompt_name", "prompt_version"),
    ),
    "trace facets": ("facet", "value"),
}
DIGITS = 400
"""Of exact sums."""
AMOUNTS = ("input_tokens", "output_tokens", "total_tokens", "input_cost", "output_cost", "total_cost")
WIDTHS = {Level.SLICE: 60, Level.HOUR: 3600, Level.DAY: 86_400}


def expected(project_id: str, level: Level) -> dict[str, Rollups]:
    """Return what the rollups of all tables must be."""
    width = WIDTHS[level]
    facets = level is not Level.SLICE
    return {
        "observations": _grouped(_observations(project_id, width), _observation_measures),
        "usage": _grouped(_usage(project_id, width), _usage_measures),
        "traces": _grouped(_traces(project_id, width), _trace_measures),
        "scores": _grouped(_scores(project_id, width), _score_measures),
        "observation facets": _grouped(
            _observation_facets(project_id, width) if facets else (), _observation_measures
        ),
        "trace facets": _grouped(_trace_facets(project_id, width) if facets else (), _trace_measures),
    }


def stored(project_id: str, level: Level) -> dict[str, Rollups]:
    """Return what they are."""
    return {
        name: {
            (row.start, *(getattr(row, dimension) for dimension in DIMENSIONS[name])): _measures(name, row)
            for row in model.objects.filter(project_id=project_id, level=level)
        }
        for name, model in MODELS.items()
    }


def cut(text: str | None) -> str | None:
    if text is None or len(text) <= 200:
        return text
    return f"{text[:200]}…{md5(text.encode(), usedforsecurity=False).hexdigest()}"


def _measures(name: str, row: Any) -> dict[str, Any]:
    known = {"pk", "project", "level", "start", "key", *DIMENSIONS[name]}
    found = {
        field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name not in known
    }
    for stem in [key.removesuffix("_buckets") for key in found if key.endswith("_buckets")]:
        counts = found.pop(f"{stem}_counts")
        found[f"{stem}_sketch"] = dict(zip(found.pop(f"{stem}_buckets"), counts, strict=True))
    return found


def _grouped(rows: Iterable[tuple[Group, Any]], measure: Callable[[list[Any]], dict[str, Any]]) -> Rollups:
    groups: dict[Group, list[Any]] = defaultdict(list)
    for group, row in rows:
        groups[group].append(row)
    return {group: {"count": len(members), **measure(members)} for group, members in groups.items()}


def _start(moment: datetime, width: int) -> datetime:
    since = int(moment.timestamp())
    return moment.replace(microsecond=0) - timedelta(seconds=since % width)


def _observations(project_id: str, width: int) -> Iterator[tuple[Group, Observation]]:
    names = dict(Trace.objects.filter(project_id=project_id).values_list("id", "name"))
    for row in Observation.objects.filter(project_id=project_id):
        prompt = (cut(row.prompt_name), row.prompt_version) if row.prompt_id else (None, None)
        dimensions = (cut(row.environment), row.type, row.level, cut(row.name), cut(names.get(row.trace_id)))
        yield (_start(row.start_time, width), *dimensions, cut(row.model), *prompt), row


def _observation_facets(project_id: str, width: int) -> Iterator[tuple[Group, Observation]]:
    """Yield each observation by its type, its level, … in turn: of its environment, and of all."""
    for (start, environment, type_, level, name, _, model, *prompt), row in _observations(project_id, width):
        groups = [
            ("type", type_, None, None, None, None, None),
            ("level", None, level, None, None, None, None),
            ("model", type_, None, None, model, None, None),
            ("step", type_, None, name, None, None, None),
            *([("prompt", None, None, None, None, *prompt)] if prompt[0] is not None else []),
        ]
        for facet, *dimensions in groups:
            for scope in (environment, None):
                yield (start, facet, scope, *dimensions), row


def _usage(project_id: str, width: int) -> Iterator[tuple[Group, tuple[Any, Any]]]:
    for row in Observation.objects.filter(project_id=project_id):
        for key in {*row.usage_details, *row.cost_details}:
            start = _start(row.start_time, width)
            amounts = (row.usage_details.get(key), row.cost_details.get(key))
            yield (start, cut(row.environment), cut(row.model), cut(key)), amounts


def _traces(project_id: str, width: int) -> Iterator[tuple[Group, Trace]]:
    for row in Trace.objects.filter(project_id=project_id):
        facets = [("name", row.name), ("user", row.user_id), *(("tag", tag) for tag in set(row.tags))]
        for facet, value in facets:
            yield (_start(row.timestamp, width), cut(row.environment), facet, cut(value)), row


def _trace_facets(project_id: str, width: int) -> Iterator[tuple[Group, Trace]]:
    for (start, _, facet, value), row in _traces(project_id, width):
        if facet == "name":
            yield (start, "all", None), row
        if facet != "user" or value is not None:
            yield (start, facet, value), row


def _scores(project_id: str, width: int) -> Iterator[tuple[Group, Score]]:
    for row in Score.objects.filter(project_id=project_id):
        text = row.string_value if row.data_type in {"CATEGORICAL", "BOOLEAN"} else None
        dimensions = (cut(row.environment), cut(row.name), row.source, row.data_type, cut(text))
        yield (_start(row.timestamp, width), *dimensions), row


def _observation_measures(rows: list[Observation]) -> dict[str, Any]:
    return {
        **_amounts(rows),
        **_durations("latency", [_ms(row.start_time, row.end_time) for row in rows]),
        **_durations("ttft", [_ms(row.start_time, row.completion_start_time) for row in rows]),
        "streaming_tokens": _sum(
            row.output_tokens for row in rows if row.completion_start_time and row.end_time
        ),
        **_durations(
            "streaming", [_ms(row.completion_start_time, row.end_time) for row in rows], sketched=False
        ),
    }


def _usage_measures(rows: list[tuple[Any, Any]]) -> dict[str, Any]:
    units, costs = zip(*rows, strict=True)
    return {"units": _sum(units), "cost": _sum(costs)}


def _trace_measures(rows: list[Trace]) -> dict[str, Any]:
    latencies = [Decimal(round(row.latency * 1_000_000)) / 1000 for row in rows if row.observation_count]
    return {
        "error_traces": sum(row.error_count > 0 for row in rows),
        "observation_count": sum(row.observation_count for row in rows),
        **_amounts(rows),
        **_durations("latency", latencies),
    }


def _score_measures(rows: list[Score]) -> dict[str, Any]:
    values = [row.value for row in rows if row.value is not None]
    return {
        "value_count": len(values),
        "value_sum": _sum([f"{value:.15g}" for value in values]),
        "value_min": min(values, default=None),
        "value_max": max(values, default=None),
        "value_sketch": sketch_of(values),
    }


def _amounts(rows: list[Any]) -> dict[str, Any]:
    return {name: _sum([getattr(row, name) for row in rows]) for name in AMOUNTS}


def _sum(numbers: Iterable[Any]) -> Decimal | None:
    known = [
        Decimal(repr(number) if isinstance(number, float) else number)
        for number in numbers
        if number is not None
    ]
    with localcontext(prec=DIGITS):
        return sum(known, Decimal(0)) if known else None


def _ms(start: datetime | None, end: datetime | None) -> Decimal | None:
    if start is None or end is None:
        return None
    return Decimal((end - start) // timedelta(microseconds=1)) / 1000


def _durations(stem: str, durations: Iterable[Decimal | None], *, sketched: bool = True) -> dict[str, Any]:
    known = [duration for duration in durations if duration is not None]
    measures: dict[str, Any] = {
        f"{stem}_count": len(known),
        f"{stem}_sum": _sum(known),
        f"{stem}_min": min(known, default=None),
        f"{stem}_max": max(known, default=None),
    }
    if sketched:
        measures[f"{stem}_sketch"] = sketch_of(map(float, known))
    return measures
