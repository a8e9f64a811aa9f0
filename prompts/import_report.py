"""What an import would change in, what people read of it before they agree out: new versions beside older ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prompts.diff import Comparison, Line, Row, State, compare
from prompts.files.documents import VersionDocument
from prompts.import_plan import LabelChange, Plan, PromptChange
from prompts.models import PromptVersion

MAX_NUMBERS = 12
SIGNS = {"added": "+", "removed": "-", "same": " "}


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """A new version against the one before it; `previous` None: it is the first."""

    number: int
    previous: int | None
    comparison: Comparison


def list_differences(change: PromptChange, *, limit: int) -> list[VersionDifference]:
    """Return what the newest of a prompt's new versions say, each against the one before, the newest first."""
    newest = sorted(change.added, key=lambda version: version.number, reverse=True)
    return [_difference(change, version) for version in newest[:limit]]


def _difference(change: PromptChange, version: VersionDocument) -> VersionDifference:
    previous, state = _before(change, version.number)
    return VersionDifference(version.number, previous, compare(state, State(version.content, version.config)))


def _before(change: PromptChange, number: int) -> tuple[int | None, State]:
    """Return the version before this number, of the files or of the project."""
    told = [version for version in change.added if version.number < number]
    best = max(told, key=lambda version: version.number, default=None)
    stored = PromptVersion.objects.filter(prompt=change.prompt, version__lt=number) if change.prompt else None
    kept = stored.order_by("-version").first() if stored else None
    if kept is not None and (best is None or kept.version > best.number):
        return kept.version, State(kept.content, kept.config)
    if best is not None:
        return best.number, State(best.content, best.config)
    return None, State("" if change.document.type == "text" else [], {})


def report_lines(plan: Plan, *, contents: int) -> Iterator[str]:
    """Yield the lines of a report; `contents`: of how many versions it shows what they say."""
    for change in plan.changes:
        yield from _head(change)
        differences = list_differences(change, limit=contents)
        contents -= len(differences)
        for difference in differences:
            yield from _content(difference)
    if plan.same:
        yield f"= {plan.same:,} prompt{'s are' if plan.same != 1 else ' is'} as the files say"
    for note in plan.notes:
        yield f"! {note}"


def _head(change: PromptChange) -> Iterator[str]:
    document = change.document
    if change.prompt is None:
        yield f"+ {document.name} (new, {document.type})"
    else:
        yield f"~ {document.name}"
    if change.added:
        yield f"    new: {numbers_text([version.number for version in change.added])}"
    for label in change.labels:
        yield f"    {label_text(label)}"
    if change.tags is not None:
        yield f"    tags: {_tags(change.tags[0])} → {_tags(change.tags[1])}"
    if change.prompt is None and document.moves:
        yield f"    history: {len(document.moves):,} moves of labels"


def numbers_text(numbers: Sequence[int]) -> str:
    """Return numbers of versions as people say them."""
    named = ", ".join(map(str, numbers[:MAX_NUMBERS]))
    more = f" and {len(numbers) - MAX_NUMBERS:,} more" if len(numbers) > MAX_NUMBERS else ""
    return f"version{'s' if len(numbers) != 1 else ''} {named}{more}"


def label_text(label: LabelChange) -> str:
    """Return where a label goes, or why it stays."""
    before = "no version" if label.before is None else str(label.before)
    if not label.held_back:
        return f"{label.label}: {before} → {label.after}"
    return f"{label.label} stays with {before}, the files have it on {label.after}: {label.held_back}"


def _tags(tags: Sequence[str]) -> str:
    return ", ".join(tags) or "none"


def _content(difference: VersionDifference) -> Iterator[str]:
    against = f" against version {difference.previous}" if difference.previous else ""
    yield f"    version {difference.number}{against}:"
    for section in difference.comparison.sections:
        if section.kind == "same":
            continue
        yield f"      {section.title}"
        if section.too_long:
            yield f"        {section.left_size:,} characters before, {section.right_size:,} after"
        for row in section.rows:
            yield from (f"        {line}" for line in _row(row))


def _row(row: Row) -> Iterator[str]:
    if row.kind == "skipped":
        yield f"  … {row.skipped:,} line{'s' if row.skipped != 1 else ''}"
    elif row.kind == "changed":
        yield f"- {_text(row.left)}"
        yield f"+ {_text(row.right)}"
    else:
        yield f"{SIGNS[row.kind]} {_text(row.right or row.left)}"


def _text(line: Line | None) -> str:
    return "".join(piece.text for piece in line.pieces) if line else ""
