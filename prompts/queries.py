"""Names, versions and labels in, rows of prompts out."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from langfuse_site.lib.ids import key_of
from prompts.models import Prompt, PromptVersion

Link = tuple[str, int]
"""The name and version of a prompt, as observations name it."""


def resolve_links(project_id: str, pairs: Sequence[Link]) -> dict[Link, str]:
    """Return the ids of the prompt versions that exist among `pairs`."""
    by_key = {(key_of(name), version): (name, version) for name, version in pairs}
    if not by_key:
        return {}
    rows = PromptVersion.objects.filter(
        prompt__project_id=project_id,
        prompt__name_key__in={key for key, _ in by_key},
        version__in={version for _, version in by_key},
    ).values_list("prompt__name_key", "version", "id")
    return {by_key[key, version]: pk for key, version, pk in rows if (key, version) in by_key}


def get_version(
    project_id: str, name: str, *, version: int | None = None, label: str | None = None
) -> PromptVersion | None:
    """Return the version of a prompt with this number or this label."""
    found = with_all(list_versions(project_id)).filter(prompt__name_key=key_of(name))
    if version is not None:
        found = found.filter(version=version)
    if label is not None:
        found = found.filter(labels__label=label)
    return found.first()


def list_versions(project_id: str) -> QuerySet[PromptVersion]:
    """Return all versions of the project's prompts."""
    return PromptVersion.objects.filter(prompt__project_id=project_id)


def list_prompts(project_id: str, versions: QuerySet[PromptVersion]) -> QuerySet[Prompt]:
    """Return the project's prompts that have one of these versions, by name."""
    matching = Exists(versions.filter(prompt=OuterRef("pk")))
    return Prompt.objects.filter(matching, project_id=project_id).order_by("name", "id")


def list_metas(
    prompts: Sequence[Prompt], versions: QuerySet[PromptVersion]
) -> dict[str, list[PromptVersion]]:
    """Return, by prompt id, those of the versions that belong to these prompts, oldest first, without content."""
    metas: dict[str, list[PromptVersion]] = {prompt.id: [] for prompt in prompts}
    rows = versions.filter(prompt__in=prompts).defer("content").prefetch_related("labels")
    for version in rows.order_by("version").distinct():
        metas[version.prompt_id].append(version)
    return metas


def with_all(versions: QuerySet[PromptVersion]) -> QuerySet[PromptVersion]:
    """Load what shapes need along with the versions."""
    return versions.select_related("prompt").prefetch_related("labels")
