"""`/metrics/daily`: days of traces, usage by model, filters, pages, tenants."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.analytics.factories import make_generation
from tests.cast import Cast, Side
from tests.tracing.factories import NOON, make_observation, make_trace

URL = "/api/public/metrics/daily"
DAY = timedelta(days=1)


def get(side: Side, **query: Any) -> Any:
    response = Client().get(URL, query, **side.auth)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_day(cast: Cast) -> None:
    project_id = cast.a.project_id
    make_trace(project_id, id="t")
    make_trace(project_id, id="u")
    numbers = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    for trace_id, cost in (("t", "0.1"), ("t", "0.2"), ("u", "0.3")):
        make_generation(project_id, trace_id=trace_id, total_cost=Decimal(cost), **numbers)
    make_observation(project_id, trace_id="t")
    usage = {"inputUsage": 3, "outputUsage": 6, "totalUsage": 9, "totalCost": 0.6}
    nothing = {"inputUsage": 0, "outputUsage": 0, "totalUsage": 0, "totalCost": 0.0}
    assert get(cast.a) == {
        "data": [
            {
                "date": "2026-05-04",
                "countTraces": 2,
                "countObservations": 4,
                "totalCost": 0.6,
                "usage": [
                    {"model": "gpt", **usage, "countObservations": 3, "countTraces": 2},
                    {"model": None, **nothing, "countObservations": 1, "countTraces": 1},
                ],
            }
        ],
        "meta": {"page": 1, "limit": 50, "totalItems": 1, "totalPages": 1},
    }


def test_pages_begin_with_the_newest(cast: Cast) -> None:
    for days in range(3):
        make_trace(cast.a.project_id, timestamp=NOON + days * DAY)
    first, second = get(cast.a, limit=2), get(cast.a, limit=2, page=2)
    assert [day["date"] for day in first["data"]] == ["2026-05-06", "2026-05-05"]
    assert [day["date"] for day in second["data"]] == ["2026-05-04"]
    assert second["meta"] == {"page": 2, "limit": 2, "totalItems": 3, "totalPages": 2}


def test_observations_count_on_their_own_day(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t")
    make_generation(cast.a.project_id, trace_id="t", start_time=NOON + DAY)
    days = [(day["date"], day["countTraces"], day["countObservations"]) for day in get(cast.a)["data"]]
    assert days == [("2026-05-05", 0, 1), ("2026-05-04", 1, 0)]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"traceName": "chat"}, 1),
        ({"userId": "ann"}, 1),
        ({"tags": ["x", "y"]}, 1),
        ({"tags": ["x", "z"]}, 0),
        ({"environment": "production"}, 1),
        ({"environment": "production,default"}, 2),
        ({"fromTimestamp": "2026-05-04T12:00:00Z"}, 2),
        ({"toTimestamp": "2026-05-04T12:00:00Z"}, 0),
    ],
)
def test_every_filter(cast: Cast, query: dict[str, Any], count: int) -> None:
    project_id = cast.a.project_id
    values: dict[str, Any] = {"name": "chat", "user_id": "ann", "tags": ["x", "y"]}
    make_trace(project_id, id="t", environment="production", **values)
    make_trace(project_id, id="u")
    make_generation(project_id, trace_id="t", environment="production")
    make_generation(project_id, trace_id="u")
    days = get(cast.a, **query)["data"]
    assert sum(day["countTraces"] for day in days) == count
    assert sum(day["countObservations"] for day in days) == count


def test_sums_beyond_64_bits(cast: Cast) -> None:
    make_trace(cast.a.project_id, id="t")
    for _ in range(2):
        make_generation(cast.a.project_id, trace_id="t", total_tokens=2**63 - 1)
    assert get(cast.a)["data"][0]["usage"][0]["totalUsage"] == float(2**64 - 2)


def test_bad_parameters(cast: Cast) -> None:
    for query in ({"page": "0"}, {"limit": "101"}, {"fromTimestamp": "2026-05-04T12:00:00"}):
        assert Client().get(URL, query, **cast.a.auth).status_code == 400


def test_who_may_ask(cast: Cast) -> None:
    make_trace(cast.a.project_id)
    assert get(cast.b)["data"] == []
    assert Client().get(URL, **cast.a.bearer).status_code == 403
    assert Client().get(URL).status_code == 401
