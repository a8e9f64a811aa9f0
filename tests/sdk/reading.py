"""A trace as the API returns it in, its parts by name out."""

from typing import Any

import pytest

Json = Any


def observation(trace: Json, name: str) -> Json:
    """Return the observation of that name, of which there must be one."""
    found = [o for o in trace["observations"] if o["name"] == name]
    assert len(found) == 1, f"{name}: {sorted(str(o['name']) for o in trace['observations'])}"
    return found[0]


def scores(trace: Json) -> dict[str, Json]:
    """Return the scores of a trace and its observations by name."""
    return {score["name"]: score for score in trace["scores"]}


def figures(rows: Json) -> Json:
    """Return what a client of the metrics API read: count and cost by type."""
    return {row["type"]: [row["count_count"], row["sum_totalCost"]] for row in rows}


def by_type(trace: Json) -> Json:
    """Return the rows that the metrics API must give for the observations of a trace by type: counts, costs."""
    types = sorted({o["type"] for o in trace["observations"]})
    found = {type_: [o for o in trace["observations"] if o["type"] == type_] for type_ in types}
    return {
        type_: [len(some), pytest.approx(sum(o["calculatedTotalCost"] or 0 for o in some))]
        for type_, some in found.items()
    }


def tree(trace: Json) -> list[str]:
    """Return `name < name of its parent` of every observation, sorted."""
    names = {o["id"]: o["name"] for o in trace["observations"]}
    parents = [
        (o["name"], names[o["parentObservationId"]] if o["parentObservationId"] else trace["name"])
        for o in trace["observations"]
    ]
    return sorted(f"{name} < {parent}" for name, parent in parents)
