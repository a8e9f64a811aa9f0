"""Superusers edit the installation's models in the admin; the API's rules hold there too."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog
from tests.cast import Cast
from tests.factories import make_user
from tracing.models import Model, PricingTier
from tracing.queries.prices import match_models

URL = "/admin/tracing/model/"
LARGE = '[{"usageDetailPattern": "input", "operator": "gt", "value": 5, "caseSensitive": false}]'


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    return client


def fields(*tiers: dict[str, Any], initial: int = 0, **values: Any) -> dict[str, Any]:
    data = {"model_name": "shared", "match_pattern": "^shared", "unit": "TOKENS", **values}
    data |= {"tiers-TOTAL_FORMS": len(tiers), "tiers-INITIAL_FORMS": initial}
    for index, tier in enumerate(tiers):
        filled = {"name": "Standard", "is_default": "on", "priority": 0, "conditions": "[]", **tier}
        data |= {f"tiers-{index}-{key}": value for key, value in filled.items() if value is not None}
    return data


def save(client: Client, data: dict[str, Any], path: str = "add/") -> Any:
    return client.post(f"{URL}{path}", data)


def test_a_model_for_everybody(client: Client, cast: Cast) -> None:
    assert save(client, fields({"prices": '{"input": 0.25}'})).status_code == 302
    for side in (cast.a, cast.b):
        assert match_models(side.project_id, ["shared-1"])["shared-1"].name == "shared"
    assert PricingTier.objects.get().prices == {"input": "0.25"}
    assert AuditLog.objects.get(resource_type="model").action == "create"


def test_an_edit_keeps_what_was_before(client: Client) -> None:
    save(client, fields({"prices": '{"input": "0.25"}'}))
    model, tier = Model.objects.get(), PricingTier.objects.get()
    data = fields({"id": tier.id, "model": model.id, "prices": '{"input": "0.5"}'}, initial=1)
    assert save(client, data, f"{model.id}/change/").status_code == 302
    line = AuditLog.objects.get(resource_type="model", action="update")
    assert '"input": "0.25"' in (line.before or "")
    assert '"input": "0.5"' in (line.after or "")


@pytest.mark.parametrize(
    "data",
    [
        fields({"prices": '{"input": "x"}'}),
        fields({"prices": "[]"}),
        fields({"prices": '{"input": "1"}', "is_default": None}),
        fields({"prices": '{"input": "1"}'}, match_pattern="(("),
        fields({"prices": '{"input": "1"}'}, match_pattern=r"(a)\1"),
        fields({"prices": '{"input": "1"}'}, tokenizer_config="[]"),
        fields(
            {"prices": '{"input": "1"}'},
            {
                "prices": '{"output": "1"}',
                "name": "L",
                "is_default": None,
                "priority": 1,
                "conditions": LARGE,
            },
        ),
        fields(),
    ],
)
def test_what_the_api_refuses_is_refused(client: Client, data: dict[str, Any]) -> None:
    assert save(client, data).status_code == 200
    assert not Model.objects.exists()


def test_a_name_is_taken_once(client: Client) -> None:
    save(client, fields({"prices": '{"input": "1"}'}))
    assert save(client, fields({"prices": '{"input": "1"}'})).status_code == 200
    assert Model.objects.count() == 1


def test_a_projects_model_is_only_shown(client: Client, cast: Cast) -> None:
    model = Model.objects.create(project=cast.a.project, model_name="own", match_pattern="^own")
    PricingTier.objects.create(model=model, name="Standard", is_default=True, prices={"input": "1"})
    page = client.get(f"{URL}{model.id}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert save(client, fields({"prices": "{}"}), f"{model.id}/change/").status_code == 403
    assert client.post(f"{URL}{model.id}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(URL).status_code == 200


def test_deletion_is_audited(client: Client) -> None:
    save(client, fields({"prices": '{"input": "1"}'}))
    client.post(f"{URL}{Model.objects.get().id}/delete/", {"post": "yes"})
    assert not Model.objects.exists()
    assert AuditLog.objects.filter(resource_type="model", action="delete").exists()


def test_only_superusers_enter(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.owner)
    assert client.get(URL).status_code in {302, 403, 404}
