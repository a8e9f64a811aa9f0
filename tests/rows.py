"""A model in, one row of it that belongs to the cast's project A out, whatever fields it has.

So that tests about tenants cover tables that are added later without being told of them.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import ApiKey, Organization, Project, User
from tests.cast import Cast

KEY = "key-of-a"
"""Stands in ids and names: an outsider may know it."""
SECRET = "secret-of-a"
"""Stands in all other text: no outsider may ever read it."""
NUMBER = 7_777
UUID_OF_A = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")

FRAMEWORK = frozenset({"accounts", "admin", "auth", "contenttypes", "sessions", "account"})
PARTICULARS: dict[str, dict[str, Any]] = {"prompts.PromptDependency": {"label": None}}
"""Fields that a model's constraints want otherwise, by the model's label."""


def models_of_projects() -> list[type[models.Model]]:
    """Return the models of the apps above accounts whose rows belong to a project."""
    ours = [model for model in apps.get_models() if model._meta.app_label not in FRAMEWORK]
    return [model for model in ours if any(f.related_model is Project for f in model._meta.concrete_fields)]


def make_rows(cast: Cast) -> dict[type[models.Model], models.Model]:
    """Insert one row of each such model, and of what it refers to."""
    made: dict[type[models.Model], models.Model] = {}
    for model in models_of_projects():
        _make(model, cast, made)
    return made


def _make(
    model: type[models.Model], cast: Cast, made: dict[type[models.Model], models.Model]
) -> models.Model:
    if model not in made:
        values = {
            f.name: _value(f, cast, made) for f in model._meta.concrete_fields if f.concrete and f.column
        }
        row = model(**{**values, **PARTICULARS.get(model._meta.label, {})})
        row.save(force_insert=True)
        made[model] = row
    return made[model]


def _value(field: "models.Field[Any, Any]", cast: Cast, made: dict[type[models.Model], models.Model]) -> Any:
    related = field.related_model
    if isinstance(related, type):
        of_cast: dict[type, models.Model] = {
            Project: cast.a.project,
            Organization: cast.a.organization,
            User: cast.owner,
            ApiKey: cast.a.api_key,
        }
        return of_cast.get(related) or _make(related, cast, made)
    if field.choices:
        return next(iter(dict(field.flatchoices)))
    if isinstance(field, ArrayField):
        return [_plain(field.base_field)]
    if isinstance(field, models.JSONField):
        return [] if field.default is list else {"secret": SECRET}
    return _plain(field)


def _plain(field: "models.Field[Any, Any]") -> Any:
    match field:
        case models.CharField() | models.TextField():
            return KEY if field.name in {"id", "name"} or field.name.endswith("_id") else SECRET
        case models.DateTimeField():
            # Nothing that waits for a later time is due, nothing that fails early has failed.
            return None if field.null else timezone.now()
        case models.DateField():
            return date(2026, 1, 1)
        case models.BooleanField():
            return False
        case models.BinaryField():
            return None if field.null else SECRET.encode()
        case models.UUIDField():
            return UUID_OF_A
        case models.IntegerField():
            return NUMBER
        case models.FloatField() | models.DecimalField():
            return 1
        case models.DurationField():
            return datetime.resolution
    raise TypeError(f"tests.rows knows no value for {field}")
