"""Two numbers of versions in, what differs between them out."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from prompts.admin.places import Place, in_prompt, number_in, show_prompt
from prompts.admin.reading import entry_of, timeline, version_of
from prompts.diff import CONTEXT, Comparison, State, compare
from prompts.models import PromptVersion


@in_prompt()
def compare_versions(request: HttpRequest, place: Place) -> HttpResponse:
    """Show two versions side by side: the latest and the one before it where none are asked for."""
    entries, _ = timeline(place)
    right = version_of(place, number_in(request.GET.get("to")))
    if right is None:
        return show_prompt(request, place, "no_version.html", tab="diff")
    left = version_of(place, _left(place, request, right))
    is_whole = request.GET.get("lines") == "all"
    return show_prompt(
        request,
        place,
        "diff.html",
        tab="diff",
        entries=entries,
        left=left,
        right=right,
        sides=[entry_of(left or right), entry_of(right)],
        numbers=sorted(
            {entry.version.version for entry in entries}
            | {right.version, left.version if left else right.version},
            reverse=True,
        ),
        diff=diff_of(left or right, right, context=None if is_whole else CONTEXT),
        is_whole=is_whole,
    )


def _left(place: Place, request: HttpRequest, right: PromptVersion) -> int:
    asked = number_in(request.GET.get("from"))
    if asked is not None:
        return asked
    before = place.prompt.versions.filter(version__lt=right.version).order_by("-version")
    return before.values_list("version", flat=True).first() or right.version


def diff_of(left: PromptVersion | None, right: PromptVersion, *, context: int | None = CONTEXT) -> Comparison:
    """Return what became of a version, or of nothing, in another."""
    return compare(state_of(left, like=right.content), state_of(right), context=context)


def state_of(version: PromptVersion | None, *, like: Any = "") -> State:
    """Return what a version consists of; where there is none, an empty state of the same type."""
    if version is None:
        return State([] if isinstance(like, list) else "", {})
    return State(version.content, version.config)
