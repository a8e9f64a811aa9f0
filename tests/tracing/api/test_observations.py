"""GET /observations and /observations/{id}: shapes, parameters, prices, tenants."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.tracing.factories import NOON, long, make_observation, make_trace, reads_of
from tracing.models import Model, PricingTier
from tracing.queries.prices import forget_matches

URL = "/api/public/observations"


@pytest.fixture(autouse=True)
def _fresh_prices() -> None:
    forget_matches()


def get(cast: Cast, url: str = URL, **query: Any) -> Any:
    response = Client().get(url, query, **cast.a.auth)
    assert response.status_code == 200, response.content
    return response.json()


def ids_of(cast: Cast, **query: Any) -> list[str]:
    return [observation["id"] for observation in get(cast, **query)["data"]]


def test_shape_of_a_span_without_anything(cast: Cast) -> None:
    make_observation(cast.a.project_id, id="o", trace_id="t")
    nothing = dict.fromkeys(
        [
            *(
                "parentObservationId",
                "name",
                "endTime",
                "version",
                "input",
                "output",
                "statusMessage",
                "model",
            ),
            *("modelParameters", "completionStartTime", "promptId", "promptName", "promptVersion"),
            *("usagePricingTierId", "usagePricingTierName", "modelId"),
            *("inputPrice", "outputPrice", "totalPrice"),
            *("calculatedInputCost", "calculatedOutputCost", "calculatedTotalCost"),
            *("latency", "timeToFirstToken"),
        ]
    )
    assert get(cast, f"{URL}/o") == nothing | {
        "id": "o",
        "projectId": cast.a.project_id,
        "traceId": "t",
        "type": "SPAN",
        "environment": "default",
        "startTime": "2026-05-04T12:00:00.000Z",
        "createdAt": "2026-05-04T12:00:00.000Z",
        "updatedAt": "2026-05-04T12:00:00.000Z",
        "metadata": {},
        "level": "DEFAULT",
        "usageDetails": {},
        "costDetails": {},
        "usage": {"unit": "TOKENS", "input": 0, "output": 0, "total": 0},
        "unit": "TOKENS",
        "promptTokens": 0,
        "completionTokens": 0,
        "totalTokens": 0,
    }


def test_shape_of_a_generation(cast: Cast) -> None:
    make_observation(
        cast.a.project_id,
        id="g",
        type="GENERATION",
        end_time=NOON + timedelta(milliseconds=2500),
        completion_start_time=NOON + timedelta(milliseconds=250),
        model="gpt-4o",
        model_parameters={"temperature": 0.7, "stop": ["a"]},
        usage_details={"input": 10, "input_cached": 2, "total": 10**20},
        cost_details={"input": 0.25, "total": 0.25},
        input_tokens=12,
        total_tokens=12,
        input_cost="0.25",
        total_cost="0.25",
        prompt_id="p",
        prompt_name="greet",
        prompt_version=3,
    )
    body = get(cast, f"{URL}/g")
    assert (body["latency"], body["timeToFirstToken"]) == (2.5, 0.25)
    assert body["modelParameters"] == {"temperature": 0.7, "stop": ["a"]}
    assert body["usageDetails"] == {"input": 10, "input_cached": 2, "total": 10**20}
    assert body["costDetails"] == {"input": 0.25, "total": 0.25}
    assert body["usage"] == {"unit": "TOKENS", "input": 12, "output": 0, "total": 12}
    assert (body["calculatedInputCost"], body["calculatedOutputCost"]) == (0.25, None)
    assert (body["promptId"], body["promptName"], body["promptVersion"]) == ("p", "greet", 3)


def test_a_prompt_that_does_not_exist_is_not_shown(cast: Cast) -> None:
    make_observation(cast.a.project_id, id="g", prompt_name="nope", prompt_version=1)
    body = get(cast, f"{URL}/g")
    assert (body["promptName"], body["promptVersion"]) == (None, None)


def test_prices_are_those_of_the_default_tier(cast: Cast) -> None:
    project = cast.a.project_id
    model = Model.objects.create(project=cast.a.project, model_name="m", match_pattern="^mine$")
    prices = {"input": "0.000002", "output": "0.00001"}
    PricingTier.objects.create(model=model, name="Standard", is_default=True, prices=prices)
    make_observation(project, id="g", model="mine", model_id=model.id)
    make_observation(project, id="gone", model="other", model_id="deleted", prices={"total": 0.5})
    body = get(cast, f"{URL}/g")
    assert (body["inputPrice"], body["outputPrice"], body["totalPrice"]) == (0.000002, 0.00001, None)
    assert get(cast, f"{URL}/gone")["totalPrice"] == 0.5


def test_latest_first_with_exact_totals(cast: Cast) -> None:
    for minute in range(3):
        make_observation(cast.a.project_id, id=f"o{minute}", start_time=NOON + timedelta(minutes=minute))
    body = get(cast, limit=2)
    assert [observation["id"] for observation in body["data"]] == ["o2", "o1"]
    assert body["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}


def test_one_query_a_page(cast: Cast) -> None:
    for number in range(3):
        make_observation(cast.a.project_id, id=f"o{number}")
    # The savepoint's two, its limit of time, the page, the total.
    with CaptureQueriesContext(connection) as captured:
        get(cast, limit=2)
    assert len(reads_of(captured)) == 5


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "n"}, ["mine"]),
        ({"userId": "ann"}, ["mine"]),
        ({"type": "TOOL"}, ["mine"]),
        ({"traceId": "t"}, ["mine"]),
        ({"level": "ERROR"}, ["mine"]),
        ({"parentObservationId": "root"}, ["mine"]),
        ({"environment": ["prod", "x"]}, ["mine"]),
        ({"version": "2"}, ["mine"]),
        ({"fromStartTime": "2026-05-04T12:00:01Z"}, ["other"]),
        ({"toStartTime": "2026-05-04T12:00:01Z"}, ["mine"]),
        ({"userId": "ann", "traceId": "other"}, []),
    ],
)
def test_parameters(cast: Cast, query: dict[str, Any], found: list[str]) -> None:
    project = cast.a.project_id
    make_trace(project, id="t", user_id="ann")
    values = {"name": "n", "type": "TOOL", "level": "ERROR", "environment": "prod", "version": "2"}
    make_observation(project, id="mine", trace_id="t", parent_observation_id="root", **values)
    make_observation(project, id="other", trace_id="other", start_time=NOON + timedelta(minutes=1))
    assert ids_of(cast, **query) == found


@pytest.mark.parametrize(
    "query", [{"level": "FATAL"}, {"type": "THOUGHT"}, {"fromStartTime": "2026-05-04T12:00"}, {"limit": "x"}]
)
def test_bad_parameters(cast: Cast, query: dict[str, str]) -> None:
    response = Client().get(URL, query, **cast.a.auth)
    assert response.status_code == 400
    assert [issue["path"] for issue in response.json()["error"]] == [list(query)]


def test_long_ids(cast: Cast) -> None:
    wire_id = "ö" * 800
    make_observation(cast.a.project_id, id="o", **long("trace_id", wire_id))
    make_observation(cast.a.project_id, **long("id", wire_id))
    assert ids_of(cast, traceId=wire_id) == ["o"]
    assert get(cast, f"{URL}/o")["traceId"] == wire_id
    assert get(cast, f"{URL}/{quote(wire_id)}")["id"] == wire_id


def test_the_outsider_sees_nothing(cast: Cast) -> None:
    make_observation(cast.a.project_id, id="o")
    response = Client().get(f"{URL}/o", **cast.b.auth)
    assert response.status_code == 404
    assert response.json()["message"] == "Observation not found within authorized project"
    assert Client().get(URL, **cast.b.auth).json()["data"] == []


def test_costs_of_many_digits(cast: Cast) -> None:
    make_observation(cast.a.project_id, id="o", total_cost=Decimal("0.000000000000000000000000000123"))
    assert get(cast, f"{URL}/o")["calculatedTotalCost"] == 1.23e-28
