"""A prompt in; its time line, who made, proposed and fetches its versions out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from accounts.models import ApiKey, User
from prompts.models import ChangeStatus, Prompt, PromptChangeRequest, PromptFetch, PromptVersion
from prompts.queries import list_versions
from prompts.versions import BY_KEY

MAX_FETCHERS = 100
UNDECIDED = [ChangeStatus.OPEN, ChangeStatus.APPROVED]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Who got a version, added up over days. `key`: what people know the API key by."""

    number: int
    label: str
    key: str
    note: str
    sdk: str
    count: int
    last_seen: datetime


def list_fetchers(project_id: str, version_ids: Sequence[str], *, days: int = 7) -> list[Fetcher]:
    """Return who got these versions in the last days, the latest seen first."""
    rows = (
        PromptFetch.objects.filter(project_id=project_id, version_id__in=version_ids, day__gt=_since(days))
        .values("version__version", "label", "api_key_id", "sdk_name", "sdk_version")
        .annotate(times=Sum("count"), seen=Max("last_seen"))
        .order_by("-seen")[:MAX_FETCHERS]
    )
    found = list(rows)
    keys = ApiKey.objects.filter(project_id=project_id, pk__in={row["api_key_id"] for row in found})
    by_id = {key.pk: key for key in keys}
    return [
        Fetcher(
            number=row["version__version"],
            label=row["label"],
            key=by_id[row["api_key_id"]].public_key if row["api_key_id"] in by_id else "",
            note=(by_id[row["api_key_id"]].note or "") if row["api_key_id"] in by_id else "",
            sdk=" ".join(filter(None, (row["sdk_name"], row["sdk_version"]))),
            count=row["times"],
            last_seen=row["seen"],
        )
        for row in found
    ]


def list_timeline(prompt: Prompt, *, top: int | None, limit: int) -> list[PromptVersion]:
    """Return a prompt's versions with their labels, the newest first, from number `top` down, without content."""
    versions = list_versions(prompt.project_id).filter(prompt=prompt)
    versions = versions if top is None else versions.filter(version__lte=top)
    return list(versions.defer("content", "config").prefetch_related("labels").order_by("-version")[:limit])


def list_undecided(prompt: Prompt) -> QuerySet[PromptChangeRequest]:
    """Return the change requests that nobody has closed, the newest first."""
    changes = PromptChangeRequest.objects.filter(prompt=prompt, status__in=UNDECIDED)
    return changes.select_related("version", "author").order_by("-created_at")


def names_of(created_by: Sequence[str]) -> dict[str, str]:
    """Return, by id, the names of the people among those who made versions; keys have none."""
    return {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=set(created_by))}


def editor_of(created_by: str, names: dict[str, str]) -> str:
    """Return who made a version, as people know them, by what `names_of` has found."""
    return "API key" if created_by == BY_KEY else names.get(created_by, "somebody")


def _since(days: int) -> date:
    return (timezone.now() - timedelta(days=days)).date()
