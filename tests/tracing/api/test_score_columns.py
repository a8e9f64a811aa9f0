"""Traces and observations filtered by what the scoring app says of them."""

import json
from typing import Any

import pytest
from django.test import Client

from scoring.models import Score
from tests.cast import Cast
from tests.tracing.factories import NOON, make_observation, make_trace


def make_score(cast: Cast, name: str, data_type: str, **values: Any) -> None:
    defaults = {"timestamp": NOON, "created_at": NOON, "updated_at": NOON, "source": "API"}
    id_ = f"{name}-{values}"
    Score.objects.create(
        project_id=cast.a.project_id, id=id_, name=name, data_type=data_type, **(defaults | values)
    )


@pytest.mark.parametrize("url", ["traces", "observations"])
@pytest.mark.parametrize(
    ("type_", "column", "key", "operator", "value", "found"),
    [
        ("numberObject", "scores_avg", "quality", ">", 0.5, ["good"]),
        ("numberObject", "scores_avg", "quality", "<=", 0.5, []),
        ("categoryOptions", "score_categories", "mood", "any of", ["happy", "x"], ["good"]),
        ("categoryOptions", "score_categories", "mood", "none of", ["happy"], ["plain"]),
        ("booleanObject", "score_booleans", "right", "=", True, ["good"]),
        ("booleanObject", "score_booleans", "right", "<>", True, ["plain"]),
    ],
)
def test_columns_of_scores(
    cast: Cast, url: str, type_: str, column: str, key: str, operator: str, value: Any, found: list[str]
) -> None:
    for id_ in ("good", "plain"):
        make_trace(cast.a.project_id, id=id_)
        make_observation(cast.a.project_id, id=id_, trace_id=id_)
    target = {"trace_id": "good", "observation_id": "good"}
    make_score(cast, "quality", "NUMERIC", value=0.5, **target)
    make_score(cast, "quality", "NUMERIC", value=1, **target)
    make_score(cast, "mood", "CATEGORICAL", value=0, string_value="happy", **target)
    make_score(cast, "right", "BOOLEAN", value=1, **target)
    condition = {"type": type_, "column": column, "key": key, "operator": operator, "value": value}
    response = Client().get(f"/api/public/{url}", {"filter": json.dumps([condition])}, **cast.a.auth)
    assert response.status_code == 200, response.content
    assert [row["id"] for row in response.json()["data"]] == found
