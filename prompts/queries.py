"""Names, versions and labels in, rows of prompts out."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from langfuse_site.lib.ids import key_of
from prompts.models import Prompt, PromptDependency, PromptLabelMove, PromptVersion
from prompts.wire import LATEST

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


def list_dependents(prompt: Prompt, *, numbers: Sequence[int], labels: Sequence[str]) -> list[PromptVersion]:
    """Return the versions of other prompts that name one of these versions or labels of a prompt."""
    naming = PromptDependency.objects.filter(
        Q(number__in=numbers) | Q(label__in=labels), project_id=prompt.project_id, name_key=prompt.name_key
    )
    found = list_versions(prompt.project_id).filter(pk__in=naming.values("version_id")).exclude(prompt=prompt)
    return list(found.select_related("prompt").defer("content", "config").order_by("prompt__name", "version"))


def list_moves(project_id: str, name: str, *, label: str | None = None) -> QuerySet[PromptLabelMove]:
    """Return the history of a prompt's labels, or of one, the newest first; `latest` has none."""
    moves = PromptLabelMove.objects.filter(prompt__project_id=project_id, prompt__name_key=key_of(name))
    moves = moves if label is None else moves.filter(label=label)
    return moves.select_related("user").order_by("-created_at", "-id")


def labels_of(version: PromptVersion) -> list[str]:
    """Return the labels of a version by name, `latest` last."""
    return sorted((label.label for label in version.labels.all()), key=lambda label: (label == LATEST, label))
