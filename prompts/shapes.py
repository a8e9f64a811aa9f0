"""Rows of prompts in, the JSON of the API out."""

from collections.abc import Sequence
from typing import Any

from langfuse_site.lib.times import to_wire
from prompts.models import Prompt, PromptVersion
from prompts.wire import PRODUCTION


def prompt_shape(version: PromptVersion) -> dict[str, Any]:
    """Return one version with what it shares with the others; its prompt and labels are loaded."""
    labels = labels_of(version)
    return {
        "id": version.id,
        "createdAt": to_wire(version.created_at),
        "updatedAt": to_wire(version.updated_at),
        "projectId": version.prompt.project_id,
        "createdBy": version.created_by,
        "name": version.prompt.name,
        "version": version.version,
        "type": version.prompt.type,
        "prompt": version.content,
        "config": version.config,
        "labels": labels,
        "tags": version.prompt.tags,
        "commitMessage": version.commit_message,
        "isActive": PRODUCTION in labels,
    }


def meta_shape(prompt: Prompt, versions: Sequence[PromptVersion]) -> dict[str, Any]:
    """Return a prompt as lists show it, of those of its versions that match, oldest first."""
    return {
        "name": prompt.name,
        "type": prompt.type,
        "versions": [version.version for version in versions],
        "labels": sorted({label for version in versions for label in labels_of(version)}),
        "tags": prompt.tags,
        "lastUpdatedAt": to_wire(max(version.updated_at for version in versions)),
        "lastConfig": versions[-1].config,
    }


def labels_of(version: PromptVersion) -> list[str]:
    """Return the labels that point to the version, sorted."""
    return sorted(label.label for label in version.labels.all())
