"""`/models`: definitions of LLM models and their prices; a project's own can be written, the rest read."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api.authentication import ApiOrAdminKeyAuthentication
from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from accounts.audit import by_key
from langfuse_site.lib.errors import InvalidRequest, NotFound
from langfuse_site.lib.times import to_wire
from tracing.api.responses import json_response
from tracing.costs.clauses import pattern_of
from tracing.costs.definition import ModelDefinition, read_definition
from tracing.costs.keys import QUANTITIES
from tracing.costs.pricing import PricedModel
from tracing.costs.shipped import clause_of, count_shipped, get_shipped, list_shipped
from tracing.costs.tiers import Tier, condition_shape
from tracing.models import Model
from tracing.queries.prices import forget_matches, get_model, is_pattern, list_models
from tracing.store.prices import create_model, delete_model, replace_model

UNKNOWN = "No model with this id found."
SHIPPED_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""What the API tells as the time when a shipped model was created."""
SHOWN_KEYS = frozenset({"total", *(quantity.names[0] for quantity in QUANTITIES)})
"""Of the many usage keys that a shipped price goes by, the API shows one each."""

Shape = dict[str, Any]


class ModelListView(ProjectView):
    authentication_classes = [ApiOrAdminKeyAuthentication]

    def get(self, request: Request) -> HttpResponse:
        number = PageNumber.from_query(request.query_params)
        rows = list_models(self.project_id)
        own = rows.count()
        shapes = [model_shape(row) for row in rows[number.rows]]
        left = number.limit - len(shapes)
        shipped = list_shipped(max(number.offset - own, 0), left) if left else []
        data = shapes + [shipped_shape(model) for model in shipped]
        return json_response({"data": data, "meta": number.meta(own + count_shipped())})

    def post(self, request: Request) -> HttpResponse:
        created = create_model(
            self.project_id,
            checked_definition(request.data),
            author=by_key(self.access),
            organization_id=self.access.organization_id,
        )
        forget_matches()
        return json_response(model_shape(created))


class ModelView(ProjectView):
    authentication_classes = [ApiOrAdminKeyAuthentication]

    def get(self, request: Request, model_id: str) -> HttpResponse:
        row = get_model(self.project_id, model_id)
        if row is not None:
            return json_response(model_shape(row))
        shipped = get_shipped(model_id)
        if shipped is None:
            raise NotFound(UNKNOWN)
        return json_response(shipped_shape(shipped))

    def put(self, request: Request, model_id: str) -> HttpResponse:
        replaced = replace_model(
            self._own(model_id),
            checked_definition(request.data),
            author=by_key(self.access),
            organization_id=self.access.organization_id,
        )
        forget_matches()
        return json_response(model_shape(replaced))

    def delete(self, request: Request, model_id: str) -> HttpResponse:
        delete_model(
            self._own(model_id), author=by_key(self.access), organization_id=self.access.organization_id
        )
        forget_matches()
        return json_response({"message": "Model successfully deleted"})

    def _own(self, model_id: str) -> Model:
        """Return a model of the project; others can be read but not written."""
        row = Model.objects.filter(project_id=self.project_id, id=model_id).first()
        if row is None:
            raise NotFound(UNKNOWN)
        return row


def checked_definition(body: Any) -> ModelDefinition:
    """Return the definition of a body, whose pattern PostgreSQL knows how to match with."""
    definition = read_definition(body)
    if not is_pattern(definition.match_pattern):
        raise InvalidRequest("matchPattern is not a regular expression that PostgreSQL takes")
    return definition


def model_shape(row: Model) -> Shape:
    """Return a stored model as the API shows it."""
    tiers = sorted(row.tiers.all(), key=lambda tier: tier.priority)
    return _shape(
        {
            "id": row.id,
            "modelName": row.model_name,
            "matchPattern": row.match_pattern,
            "startDate": to_wire(row.start_date),
            "unit": row.unit,
            "tokenizerId": row.tokenizer_id,
            "tokenizerConfig": row.tokenizer_config,
            "isLangfuseManaged": row.project_id is None,
            "createdAt": to_wire(row.created_at),
        },
        [
            {
                "id": tier.id,
                "name": tier.name,
                "isDefault": tier.is_default,
                "priority": tier.priority,
                "conditions": tier.conditions,
                "prices": {key: float(price) for key, price in tier.prices.items()},
            }
            for tier in tiers
        ],
    )


def shipped_shape(model: PricedModel) -> Shape:
    """Return a model of the shipped table, with the prices that hold now, as the API shows it."""
    return _shape(
        {
            "id": model.id,
            "modelName": model.name,
            "matchPattern": pattern_of(clause_of(model.id)),
            "startDate": None,
            "unit": "TOKENS",
            "tokenizerId": model.tokenizer_id,
            "tokenizerConfig": model.tokenizer_config,
            "isLangfuseManaged": True,
            "createdAt": to_wire(SHIPPED_AT),
        },
        [_shipped_tier(tier) for tier in model.tiers_at(datetime.now(UTC))],
    )


def _shipped_tier(tier: Tier) -> Shape:
    prices: dict[str, Decimal] = {key: price for key, price in tier.prices.items() if key in SHOWN_KEYS}
    return {
        "id": tier.id,
        "name": tier.name,
        "isDefault": tier.is_default,
        "priority": tier.priority,
        "conditions": [condition_shape(condition) for condition in tier.conditions],
        "prices": {key: float(price) for key, price in prices.items()},
    }


def _shape(model: Shape, tiers: list[Shape]) -> Shape:
    """Return the model with its tiers and the older fields, which show the default tier."""
    prices: dict[str, float] = next((tier["prices"] for tier in tiers if tier["isDefault"]), {})
    return model | {
        "inputPrice": prices.get("input"),
        "outputPrice": prices.get("output"),
        "totalPrice": prices.get("total"),
        "prices": {key: {"price": price} for key, price in prices.items()},
        "pricingTiers": tiers,
    }
