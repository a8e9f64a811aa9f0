"""Checked definitions of models in, their rows and a line in the audit log out."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.audit import Author, record
from langfuse_site.lib.errors import InvalidRequest
from langfuse_site.lib.ids import new_id
from tracing.costs.definition import STANDARD, ModelDefinition
from tracing.models import Model, PricingTier


def create_model(
    project_id: str, definition: ModelDefinition, *, author: Author, organization_id: str
) -> Model:
    """Insert a model of the project with its tiers."""
    model = Model(project_id=project_id)
    with transaction.atomic():
        _write(model, definition)
        _audit(model, "create", author=author, organization_id=organization_id, after=audit_shape(model))
    return model


def replace_model(
    model: Model, definition: ModelDefinition, *, author: Author, organization_id: str
) -> Model:
    """Overwrite a model and its tiers; tiers that keep their name keep their id."""
    before = audit_shape(model)
    with transaction.atomic():
        _write(model, definition)
        _audit(
            model,
            "update",
            author=author,
            organization_id=organization_id,
            before=before,
            after=audit_shape(model),
        )
    return model


def price_model(
    project_id: str, name: str, prices: Mapping[str, Decimal], *, author: Author, organization_id: str
) -> Model:
    """Set the prices (USD per unit) of the project's own model of this name, made to match the name alone if new.

    Prices of other usage keys stay; a model with conditions to its prices is left to who wrote them.
    """
    texts = {key: format(price, "f") for key, price in prices.items()}
    with transaction.atomic():
        model = Model.objects.select_for_update().filter(project_id=project_id, model_name=name).first()
        before = audit_shape(model) if model else None
        tiers = list(PricingTier.objects.filter(model=model)) if model else []
        if len(tiers) > 1:
            raise InvalidRequest(f"{name} has prices with conditions: change it by the API")
        model = model or Model.objects.create(
            project_id=project_id, model_name=name, match_pattern=f"(?i)^{re.escape(name)}$"
        )
        tier = tiers[0] if tiers else PricingTier(model=model, name=STANDARD, is_default=True)
        tier.prices = {**tier.prices, **texts}
        tier.save()
        action = "update" if before else "create"
        after = audit_shape(model)
        _audit(model, action, author=author, organization_id=organization_id, before=before, after=after)
    return model


def delete_model(model: Model, *, author: Author, organization_id: str) -> None:
    """Delete a model; observations keep the prices that they were costed with."""
    before = audit_shape(model)
    with transaction.atomic():
        _audit(model, "delete", author=author, organization_id=organization_id, before=before)
        model.delete()


def audit_shape(model: Model) -> dict[str, Any]:
    """Return what the audit log keeps of a model."""
    return {
        "modelName": model.model_name,
        "matchPattern": model.match_pattern,
        "startDate": model.start_date,
        "unit": model.unit,
        "tokenizerId": model.tokenizer_id,
        "tokenizerConfig": model.tokenizer_config,
        "pricingTiers": [
            {
                "name": tier.name,
                "isDefault": tier.is_default,
                "priority": tier.priority,
                "conditions": tier.conditions,
                "prices": tier.prices,
            }
            for tier in PricingTier.objects.filter(model_id=model.id).order_by("priority")
        ],
    }


def _write(model: Model, definition: ModelDefinition) -> None:
    model.model_name = definition.model_name
    model.match_pattern = definition.match_pattern
    model.start_date = definition.start_date
    model.unit = definition.unit
    model.tokenizer_id = definition.tokenizer_id
    model.tokenizer_config = definition.tokenizer_config
    try:
        with transaction.atomic():
            model.save()
    except IntegrityError as error:
        raise InvalidRequest(f"Model name '{definition.model_name}' already exists in project") from error
    ids = dict(PricingTier.objects.filter(model_id=model.id).values_list("name", "id"))
    PricingTier.objects.filter(model_id=model.id).delete()
    PricingTier.objects.bulk_create(
        PricingTier(
            id=ids.get(tier.name) or new_id(),
            model=model,
            name=tier.name,
            is_default=tier.is_default,
            priority=tier.priority,
            conditions=tier.conditions,
            prices=tier.prices,
        )
        for tier in definition.tiers
    )


def _audit(
    model: Model,
    action: str,
    *,
    author: Author,
    organization_id: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        author,
        action,
        resource_type="model",
        resource_id=model.id,
        project_id=model.project_id,
        organization_id=organization_id,
        before=before,
        after=after,
    )
