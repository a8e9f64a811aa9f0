"""Checked fields of score configs in, rows created and changed, each with its line in the audit log."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.audit import Author, record
from langfuse_site.lib.errors import NotFound
from scoring.configs import ConfigFields
from scoring.models import ScoreConfig
from scoring.shapes import config_shape


def find_config(project_id: str, config_id: str, *, lock: bool = False) -> ScoreConfig:
    """Return the project's config with this id."""
    configs = ScoreConfig.objects.select_for_update() if lock else ScoreConfig.objects
    config = configs.filter(project_id=project_id, id=config_id).first()
    if config is None:
        raise NotFound("Score config not found within authorized project")
    return config


@transaction.atomic
def create_config(project_id: str, fields: ConfigFields, *, author: Author) -> ScoreConfig:
    """Insert a config."""
    config = ScoreConfig.objects.create(project_id=project_id, **asdict(fields))
    _record("create", config, author=author)
    return config


@transaction.atomic
def update_config(config: ScoreConfig, fields: ConfigFields, *, author: Author) -> None:
    """Change a config; scores that were given under it stay as they are."""
    before = config_shape(config)
    for column, value in asdict(fields).items():
        setattr(config, column, value)
    config.save()
    _record("update", config, author=author, before=before)


def _record(action: str, config: ScoreConfig, *, author: Author, before: Any = None) -> None:
    record(
        author,
        action,
        resource_type="scoreConfig",
        resource_id=config.id,
        project=config.project,
        before=before,
        after=config_shape(config),
    )
