"""Prompts read from files in, the project as they say out: all of it in one transaction, or nothing.

An import adds prompts and versions, moves labels and sets tags. It deletes nothing, and no version changes.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.utils import timezone

from accounts.audit import Author, Entry, record_all
from accounts.models import Project
from prompts.composition import MARK
from prompts.files.documents import Problem, Problems, PromptDocument
from prompts.generations import begin_write
from prompts.import_plan import Plan, make_plan
from prompts.import_rows import Rows, write_rows
from prompts.models import MoveCause, PromptVersion
from prompts.moves import Why
from prompts.queries import with_all
from prompts.resolution import CannotResolve, MissingPart, resolve_version
from prompts.rules import EDIT, require
from prompts.shapes import prompt_shape

VERSIONS_AT_ONCE = 200


class PlanChanged(Exception):
    """The project is not what it was when the import was looked at; `plan` is what it would change now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("The project has changed meanwhile")
        self.plan = plan


@transaction.atomic
def import_prompts(
    project: Project,
    documents: Sequence[PromptDocument],
    *,
    author: Author,
    asked: Iterable[str] = (),
    reason: str = "",
    expected: str | None = None,
    dry_run: bool = False,
) -> Plan:
    """Bring a project to what files say and return what that changes; `dry_run` does it and takes it back.

    `asked`: labels to move though applications are served by them; `expected`: the fingerprint of the plan
    that was looked at. Raises InvalidFiles, PlanChanged, Forbidden.
    """
    require(author, project.id, EDIT)
    begin_write(project.id)
    plan = make_plan(project.id, documents, author=author, asked=frozenset(asked))
    if expected is not None and plan.fingerprint != expected:
        raise PlanChanged(plan)
    if plan.is_empty:
        return plan
    changes = [change for change in plan.changes if change.writes]
    why = Why(author, MoveCause.IMPORT, reason)
    rows = write_rows(project, changes, why, timezone.now())
    plan.notes.extend(_check_composition(project.id, plan, rows))
    if dry_run:
        transaction.set_rollback(True)
    else:
        record_all(author, _entries(project, plan, rows, why), project=project)
    return plan


def _check_composition(project_id: str, plan: Plan, rows: Rows) -> Iterator[Problem]:
    """Yield what can't be composed while labels are where they are; raise for what never can.

    A label that moves may break what names it, so that files of an honest project have such versions too.
    """
    problems = Problems()
    for change in plan.changes:
        for document in change.added:
            if MARK not in str(document.content):
                continue
            version = rows.versions[change.document.name, document.number]
            try:
                resolve_version(project_id, version)
            except CannotResolve as error:
                problem = document.source.problem(str(error), "prompt")
                if isinstance(error, MissingPart) or not error.by_labels:
                    problems.add(problem)
                else:
                    yield problem
    problems.end()


def _entries(project: Project, plan: Plan, rows: Rows, why: Why) -> Iterator[Entry]:
    """Yield the lines of the audit log: those of single writes, and one of the import."""
    reason = {"reason": why.reason} if why.reason else {}
    for version in _read_again([version.pk for version in rows.versions.values()]):
        yield Entry("create", "prompt", version.pk, after=prompt_shape(version) | reason)
    for version in _read_again(list(rows.labelled)):
        before, after = rows.labelled[version.pk], prompt_shape(version) | reason
        yield Entry("update", "prompt", version.pk, before=before, after=after)
    for change in plan.changes:
        if change.prompt is not None and change.tags is not None:
            old, new = ({"name": change.prompt.name, "tags": tags} for tags in change.tags)
            yield Entry("update", "prompt", change.prompt.pk, before=old, after=new)
    counts = {
        "prompts": sum(change.prompt is None for change in plan.changes),
        "versions": len(rows.versions),
        "labels": sum(len(change.moving) for change in plan.changes),
    }
    yield Entry("import", "prompt", project.id, after=counts | reason)


def _read_again(ids: Sequence[str]) -> Iterator[PromptVersion]:
    for start in range(0, len(ids), VERSIONS_AT_ONCE):
        yield from with_all(PromptVersion.objects.filter(pk__in=ids[start : start + VERSIONS_AT_ONCE]))
