"""A project in, its prompts as files out, all as they were at one moment; contents pass one by one."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import QuerySet

from prompts.files.documents import MoveDocument, PromptDocument, VersionDocument
from prompts.files.layout import folders_of
from prompts.files.writing import Format, prompt_file, version_file
from prompts.models import Prompt, PromptLabel, PromptLabelMove, PromptVersion
from prompts.wire import LATEST

PROMPTS_AT_ONCE = 200
VERSIONS_AT_ONCE = 50
"""A version may have a megabyte."""
SNAPSHOT = "set transaction isolation level repeatable read, read only"


def export_files(project_id: str, format: Format, names: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file of the project's prompts, or of those of these names."""
    with _one_moment():
        prompts = Prompt.objects.filter(project_id=project_id).order_by("name", "id")
        folders = folders_of(prompts.values_list("name", flat=True))
        if names:
            prompts = prompts.filter(name_key__in=map(Prompt.key_of_name, names))
        ids = list(prompts.values_list("pk", flat=True))
        for start in range(0, len(ids), PROMPTS_AT_ONCE):
            yield from _files(prompts.filter(pk__in=ids[start : start + PROMPTS_AT_ONCE]), folders, format)


def _files(prompts: QuerySet[Prompt], folders: dict[str, str], format: Format) -> Iterator[tuple[str, str]]:
    for document in _documents(prompts):
        name, text = prompt_file(document, format)
        yield f"{folders[document.name]}/{name}", text
    versions = PromptVersion.objects.filter(prompt__in=prompts).select_related("prompt")
    for version in versions.order_by("prompt__name", "version").iterator(chunk_size=VERSIONS_AT_ONCE):
        name, text = version_file(_version(version), format)
        yield f"{folders[version.prompt.name]}/{name}", text


def _documents(prompts: QuerySet[Prompt]) -> Iterator[PromptDocument]:
    """Yield what the versions of each prompt share."""
    labels: dict[str, dict[str, int]] = defaultdict(dict)
    moves: dict[str, list[MoveDocument]] = defaultdict(list)
    pointing = PromptLabel.objects.filter(prompt__in=prompts).exclude(label=LATEST)
    for prompt_id, label, number in pointing.values_list("prompt_id", "label", "version__version"):
        labels[prompt_id][label] = number
    for move in PromptLabelMove.objects.filter(prompt__in=prompts).order_by("created_at", "id"):
        moves[move.prompt_id].append(_move(move))
    for prompt in prompts:
        yield PromptDocument(
            name=prompt.name,
            type=prompt.type,
            labels=labels[prompt.pk],
            tags=tuple(prompt.tags),
            id=prompt.pk,
            created_at=prompt.created_at,
            moves=tuple(moves[prompt.pk]),
        )


def _version(version: PromptVersion) -> VersionDocument:
    return VersionDocument(
        number=version.version,
        content=version.content,
        config=version.config,
        commit_message=version.commit_message,
        id=version.pk,
        created_at=version.created_at,
        created_by=version.created_by,
    )


def _move(move: PromptLabelMove) -> MoveDocument:
    return MoveDocument(
        at=move.created_at,
        label=move.label,
        from_number=move.from_number,
        to_number=move.to_number,
        cause=move.cause,
        reason=move.reason,
        actor=move.actor,
        user_id=move.user_id,
        api_key_id=move.api_key_id,
    )


@contextmanager
def _one_moment() -> Iterator[None]:
    """See the database as it is now; a transaction that is under way keeps its own sight."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute(SNAPSHOT)
        yield
