"""/models: shapes, rules of definitions, tenants, and what a change does to the next match."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog
from tests.cast import Cast
from tests.tracing.ingest.pipeline import event, ingest
from tracing.models import Model, PricingTier
from tracing.queries.prices import match_models

URL = "/api/public/models"
FLAT = {
    "modelName": "own",
    "matchPattern": "(?i)^own",
    "unit": "TOKENS",
    "inputPrice": 0.1,
    "outputPrice": 0.2,
}
DEFAULT = {"name": "Standard", "isDefault": True, "priority": 0, "conditions": [], "prices": {"input": 1}}
LARGE = {"usageDetailPattern": "input", "operator": "gt", "value": 200, "caseSensitive": False}
SPECIAL = {"name": "Large", "isDefault": False, "priority": 1, "conditions": [LARGE], "prices": {"input": 2}}
TIERED = {"modelName": "own", "matchPattern": "^own", "pricingTiers": [DEFAULT, SPECIAL]}


def call(cast: Cast, method: str, body: Any = None, *, path: str = "", auth: Any = None) -> tuple[int, Any]:
    send = getattr(Client(), method)
    options = {} if body is None else {"data": body, "content_type": "application/json"}
    response = send(URL + path, **options, **(auth or cast.a.auth))
    return response.status_code, response.json()


def created(cast: Cast, body: Any = None) -> Any:
    status, shape = call(cast, "post", body or FLAT)
    assert status == 200, shape
    return shape


def make_installation_model(pattern: str = "^shared", **values: Any) -> Model:
    model = Model.objects.create(model_name="shared", match_pattern=pattern, **values)
    PricingTier.objects.create(model=model, name="Standard", is_default=True, prices={"input": "0.5"})
    return model


def test_flat_prices_become_one_tier(cast: Cast) -> None:
    shape = created(cast)
    tier = shape["pricingTiers"][0]
    assert shape == {
        "id": shape["id"],
        "modelName": "own",
        "matchPattern": "(?i)^own",
        "startDate": None,
        "unit": "TOKENS",
        "inputPrice": 0.1,
        "outputPrice": 0.2,
        "totalPrice": None,
        "tokenizerId": None,
        "tokenizerConfig": None,
        "isLangfuseManaged": False,
        "createdAt": shape["createdAt"],
        "prices": {"input": {"price": 0.1}, "output": {"price": 0.2}},
        "pricingTiers": [
            {
                "id": tier["id"],
                "name": "Standard",
                "isDefault": True,
                "priority": 0,
                "conditions": [],
                "prices": {"input": 0.1, "output": 0.2},
            }
        ],
    }
    assert call(cast, "get", path=f"/{shape['id']}") == (200, shape)


def test_tiers_come_back_by_priority(cast: Cast) -> None:
    config = {"tokenizerModel": "gpt-4o", "tokensPerMessage": 3, "tokensPerName": 1}
    extra = {
        "tokenizerId": "openai",
        "tokenizerConfig": config,
        "startDate": "2026-01-02T03:04:05+01:00",
    }
    shape = created(cast, {**TIERED, **extra, "pricingTiers": [SPECIAL, DEFAULT]})
    assert [{k: v for k, v in tier.items() if k != "id"} for tier in shape["pricingTiers"]] == [
        DEFAULT,
        SPECIAL,
    ]
    assert (shape["inputPrice"], shape["outputPrice"], shape["totalPrice"]) == (1, None, None)
    assert (shape["tokenizerConfig"], shape["startDate"]) == (config, "2026-01-02T02:04:05.000Z")


def test_no_digit_of_a_price_is_lost(cast: Cast) -> None:
    created(cast, {**FLAT, "inputPrice": 1.5e-12})
    assert PricingTier.objects.get().prices["input"] == "0.0000000000015"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"modelName": ""}, ["modelName"]),
        ({"modelName": "x" * 5000}, ["modelName"]),
        ({"modelName": None}, ["modelName"]),
        ({"matchPattern": ""}, ["matchPattern"]),
        ({"matchPattern": r"(a)\1"}, ["matchPattern"]),
        ({"unit": "BARRELS"}, ["unit"]),
        ({"inputPrice": -1}, ["inputPrice"]),
        ({"inputPrice": "many"}, ["inputPrice"]),
        ({"inputPrice": 1e300}, ["inputPrice"]),
        ({"totalPrice": 1}, ["totalPrice"]),
        ({"pricingTiers": [DEFAULT]}, ["pricingTiers"]),
        ({"startDate": "soon"}, ["startDate"]),
        ({"tokenizerId": "own"}, ["tokenizerId"]),
        ({"tokenizerConfig": "x"}, ["tokenizerConfig"]),
    ],
)
def test_bad_definitions(cast: Cast, change: dict[str, Any], path: list[Any]) -> None:
    status, body = call(cast, "post", {**FLAT, **change})
    assert (status, body["message"]) == (400, "Invalid request data")
    assert [issue["path"] for issue in body["error"]] == [path]
    assert not Model.objects.exists()


@pytest.mark.parametrize(
    ("tiers", "path"),
    [
        ([], ["pricingTiers"]),
        ([{**DEFAULT, "isDefault": False, "priority": 1, "conditions": [LARGE]}], ["pricingTiers"]),
        ([{**DEFAULT, "priority": 1}], ["pricingTiers", 0]),
        ([{**DEFAULT, "conditions": [LARGE]}], ["pricingTiers", 0]),
        ([{**DEFAULT, "prices": {}}], ["pricingTiers", 0, "prices"]),
        ([{**DEFAULT, "prices": {"input": -1}}], ["pricingTiers", 0, "prices", "input"]),
        ([DEFAULT, {**SPECIAL, "conditions": []}], ["pricingTiers", 1, "conditions"]),
        ([DEFAULT, {**SPECIAL, "name": "Standard"}], ["pricingTiers"]),
        ([DEFAULT, SPECIAL, {**SPECIAL, "name": "Larger"}], ["pricingTiers"]),
        ([DEFAULT, {**SPECIAL, "prices": {"output": 1}}], ["pricingTiers"]),
        ([DEFAULT, {**SPECIAL, "conditions": [{"key": "x"}]}], ["pricingTiers", 1, "conditions", 0]),
        (
            [DEFAULT, {**SPECIAL, "conditions": [{**LARGE, "usageDetailPattern": "("}]}],
            ["pricingTiers", 1, "conditions", 0, "usageDetailPattern"],
        ),
        (
            [DEFAULT, {**SPECIAL, "conditions": [{**LARGE, "usageDetailPattern": "a" * 201}]}],
            ["pricingTiers", 1, "conditions", 0, "usageDetailPattern"],
        ),
        ([DEFAULT, {**SPECIAL, "priority": "first"}], ["pricingTiers", "1", "priority"]),
    ],
)
def test_bad_tiers(cast: Cast, tiers: list[Any], path: list[Any]) -> None:
    status, body = call(cast, "post", {**TIERED, "pricingTiers": tiers})
    assert status == 400
    assert path in [issue["path"] for issue in body["error"]], body


def test_a_pattern_that_postgresql_refuses(cast: Cast) -> None:
    status, body = call(cast, "post", {**FLAT, "matchPattern": "(("})
    assert (status, body["error"]) == (400, "InvalidRequestError")


def test_a_name_is_taken_once_a_project(cast: Cast) -> None:
    created(cast)
    assert call(cast, "post", FLAT)[0] == 400
    assert call(cast, "post", FLAT, auth=cast.b.auth)[0] == 200
    assert Model.objects.count() == 2


def test_put_replaces_all(cast: Cast) -> None:
    shape = created(cast, TIERED)
    status, replaced = call(cast, "put", FLAT, path=f"/{shape['id']}")
    assert status == 200
    assert (replaced["id"], replaced["createdAt"]) == (shape["id"], shape["createdAt"])
    assert [tier["prices"] for tier in replaced["pricingTiers"]] == [{"input": 0.1, "output": 0.2}]
    assert replaced["pricingTiers"][0]["id"] == shape["pricingTiers"][0]["id"]
    assert call(cast, "get", path=f"/{shape['id']}") == (200, replaced)


def test_delete(cast: Cast) -> None:
    path = f"/{created(cast)['id']}"
    assert call(cast, "delete", path=path) == (200, {"message": "Model successfully deleted"})
    assert call(cast, "delete", path=path)[0] == call(cast, "get", path=path)[0] == 404


def test_every_change_is_in_the_audit_log(cast: Cast) -> None:
    path = f"/{created(cast)['id']}"
    call(cast, "put", {**FLAT, "inputPrice": 9}, path=path)
    call(cast, "delete", path=path)
    lines = AuditLog.objects.filter(resource_type="model").order_by("created_at")
    assert [line.action for line in lines] == ["create", "update", "delete"]
    assert {line.api_key_id for line in lines} == {cast.a.api_key.pk}
    assert '"input": "9"' in (lines[1].after or "")


def test_list_shows_own_then_the_installations_then_the_shipped(cast: Cast) -> None:
    own, shared = created(cast), make_installation_model()
    call(cast, "post", {**FLAT, "modelName": "others"}, auth=cast.b.auth)
    _, first = call(cast, "get", path="?limit=3")
    assert [m["id"] for m in first["data"][:2]] == [own["id"], shared.id]
    assert [m["isLangfuseManaged"] for m in first["data"]] == [False, True, True]
    assert first["meta"]["totalItems"] > 2000
    _, second = call(cast, "get", path="?limit=1&page=3")
    assert second["data"] == first["data"][2:]
    _, last = call(cast, "get", path=f"?limit=100&page={-(-first['meta']['totalItems'] // 100)}")
    assert len(last["data"]) == first["meta"]["totalItems"] % 100


def test_every_shipped_model_has_a_shape_and_a_pattern_of_postgresql(cast: Cast) -> None:
    _, page = call(cast, "get", path="?limit=100&page=1")
    found = call(cast, "get", path="/openai:gpt-4o")[1]
    assert found["prices"]["input"] == {"price": 2.5e-06}
    assert found["matchPattern"] == r"(?i)^(gpt-4o|gpt-4o-2024-08-06|gpt-4o-2024-11-20)$"
    for shape in page["data"]:
        assert shape["pricingTiers"][0]["isDefault"]


def test_models_of_the_installation_and_shipped_ones_can_only_be_read(cast: Cast) -> None:
    for model_id in (make_installation_model().id, "openai:gpt-4o"):
        assert call(cast, "get", path=f"/{model_id}")[0] == 200
        assert call(cast, "put", FLAT, path=f"/{model_id}")[0] == 404
        assert call(cast, "delete", path=f"/{model_id}")[0] == 404


def test_an_outsider_sees_nothing(cast: Cast) -> None:
    path = f"/{created(cast)['id']}"
    for method, body in (("get", None), ("put", FLAT), ("delete", None)):
        status, shape = call(cast, method, body, path=path, auth=cast.b.auth)
        assert (status, shape["message"]) == (404, "No model with this id found.")
    assert match_models(cast.b.project_id, ["own"]) == {}
    assert Model.objects.count() == 1


def test_the_next_match_sees_a_change(cast: Cast) -> None:
    assert match_models(cast.a.project_id, ["own-1"]) == {}
    path = f"/{created(cast)['id']}"
    assert match_models(cast.a.project_id, ["own-1"])["own-1"].name == "own"
    call(cast, "delete", path=path)
    assert match_models(cast.a.project_id, ["own-1"]) == {}


def costed(cast: Cast, observation_id: str, model: str, **body: Any) -> Any:
    """Send a generation with 10 tokens in and 5 out, and read it back."""
    usage = {"usageDetails": {"input": 10, "output": 5}}
    fields = {"id": observation_id, "traceId": "t", "model": model, "startTime": "2026-03-01T00:00:00Z"}
    ingest(cast.a, [event("generation-create", fields | usage | body, id_=observation_id)])
    response = Client().get(f"/api/public/observations/{observation_id}", **cast.a.auth)
    assert response.status_code == 200, response.content
    return response.json()


def test_the_next_generation_costs_what_the_project_says(cast: Cast) -> None:
    shipped = costed(cast, "o1", "gpt-4o")
    assert (shipped["modelId"], shipped["calculatedTotalCost"]) == ("openai:gpt-4o", 0.000075)
    own = created(cast, {**TIERED, "matchPattern": "^gpt-4o$"})
    observation = costed(cast, "o2", "gpt-4o")
    assert (observation["modelId"], observation["calculatedTotalCost"]) == (own["id"], 10)
    assert observation["usagePricingTierName"] == "Standard"
    large = costed(cast, "o3", "gpt-4o", usageDetails={"input": 201})
    assert (large["calculatedTotalCost"], large["usagePricingTierName"]) == (402, "Large")


def test_a_tier_goes_by_parameters_and_metadata(cast: Cast) -> None:
    by_metadata = {"source": "metadata", "key": "plan", "operator": "in", "values": ["gold"]}
    created(cast, {**TIERED, "pricingTiers": [DEFAULT, {**SPECIAL, "conditions": [by_metadata]}]})
    assert costed(cast, "o1", "own", metadata={"plan": "gold"})["usagePricingTierName"] == "Large"
    assert costed(cast, "o2", "own", metadata={"plan": "lead"})["usagePricingTierName"] == "Standard"


def test_text_is_counted_where_no_usage_came(cast: Cast) -> None:
    body = {"usageDetails": None, "input": "hello world", "output": "hello"}
    observation = costed(cast, "o1", "gpt-4o", **body)
    assert observation["usageDetails"] == {"input": 2, "output": 1, "total": 3}


def by_admin(key: str, project_id: str | None, *, bearer: str | None = None) -> dict[str, Any]:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {bearer or key}", "HTTP_X_LANGFUSE_ADMIN_API_KEY": key}
    return headers | ({"HTTP_X_LANGFUSE_PROJECT_ID": project_id} if project_id else {})


def test_the_installations_key_with_a_project_beside_it(cast: Cast, settings: Any) -> None:
    settings.ADMIN_API_KEY = "admin"
    status, shape = call(cast, "post", FLAT, auth=by_admin("admin", cast.b.project_id))
    assert (status, Model.objects.get().project_id) == (200, cast.b.project_id)
    line = AuditLog.objects.get(resource_type="model")
    assert (line.type, line.api_key_id, line.organization_id) == ("SYSTEM", None, cast.b.organization.id)
    assert call(cast, "get", path=f"/{shape['id']}")[0] == 404
    assert call(cast, "delete", path=f"/{shape['id']}", auth=by_admin("admin", cast.b.project_id))[0] == 200


@pytest.mark.parametrize(
    ("configured", "auth", "status"),
    [
        ("admin", by_admin("other", "x"), 401),
        ("admin", by_admin("admin", "x", bearer="other"), 401),
        ("admin", by_admin("other", "x", bearer="admin"), 401),
        ("admin", by_admin("admin", None), 400),
        ("admin", by_admin("admin", "x"), 404),
        ("", by_admin("", "x"), 500),
    ],
)
def test_the_installations_key_is_refused(
    cast: Cast, settings: Any, configured: str, auth: dict[str, Any], status: int
) -> None:
    settings.ADMIN_API_KEY = configured
    assert call(cast, "get", auth=auth)[0] == status


def test_the_installations_key_opens_nothing_else_of_a_project(cast: Cast, settings: Any) -> None:
    settings.ADMIN_API_KEY = "admin"
    auth = by_admin("admin", cast.a.project_id)
    for path in ("traces", "v2/scores", "v2/prompts", "projects"):
        assert Client().get(f"/api/public/{path}", **auth).status_code == 401
