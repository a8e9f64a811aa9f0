"""A prompt and the version that is asked for in; what stands around every tab of its page out."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max
from django.http import Http404

from prompts.models import Prompt, PromptChangeRequest, PromptLabel, PromptVersion
from prompts.queries import get_version, labels_of
from prompts.screens import list_timeline, list_undecided, names_of
from prompts.ui.links import Address, prompt_address
from prompts.wire import PRODUCTION

PER_TIMELINE = 50
LEAD = 5
"""Newer versions above one that is asked for by its number."""
MAX_CHANGES = 20
TABS = {
    "": "Prompt",
    "use": "Use it",
    "usage": "Usage",
    "clients": "Clients",
    "labels": "Label history",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for. `number`: of one version, None: the newest; `top`: where the timeline begins."""

    tab: str = ""
    number: int | None = None
    top: int | None = None
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A version on the timeline; `compare_link`: what changed in it, where there is one before."""

    version: PromptVersion
    labels: list[str]
    editor: str | None
    link: str
    compare_link: str
    is_shown: bool
    key: str = ""
    """The letter that leads to it from its neighbour: j down, k up."""


@dataclass(frozen=True, slots=True)
class Timeline:
    entries: list[Entry]
    count: int
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change request that nobody has closed, with what it would change."""

    change: PromptChangeRequest
    link: str
    is_difference: bool


@dataclass(frozen=True, slots=True)
class Tab:
    title: str
    link: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """`version` is the newest where none is asked for. `against`: the difference to what has `production`."""

    address: Address
    asked: Asked
    version: PromptVersion
    labels: list[str]
    editor: str | None
    timeline: Timeline
    proposals: list[Proposal]
    tabs: list[Tab]
    production: int | None
    against: str

    @property
    def is_whole(self) -> bool:
        """Say whether the tab tells of all versions."""
        return self.asked.tab not in {"", "use"} and self.asked.number is None

    @property
    def whole_link(self) -> str:
        return self.address.to(show=self.asked.tab)


def detail_of(prompt: Prompt, asked: Asked) -> Detail:
    """Return what a prompt's page shows on every tab; raise Http404 where it has no such version."""
    address = prompt_address(prompt.project_id, prompt.name)
    found = prompt.versions.aggregate(newest=Max("version"), count=Count("pk"))
    number = found["newest"] if asked.number is None else asked.number
    version = get_version(prompt.project_id, prompt.name, version=number) if found["count"] else None
    if version is None:
        raise Http404("No such version")
    production = _production_of(prompt)
    return Detail(
        address=address,
        asked=asked,
        version=version,
        labels=labels_of(version),
        editor=names_of([version.created_by]).get(version.created_by),
        timeline=_timeline(prompt, asked, address, newest=found["newest"], count=found["count"]),
        proposals=[_proposal(change, address) for change in list_undecided(prompt)[:MAX_CHANGES]],
        tabs=[
            Tab(title, address.to(show=name, version=asked.number), name == asked.tab)
            for name, title in TABS.items()
        ],
        production=production,
        against=address.to(from_=production, to=version.version)
        if production not in (None, version.version)
        else "",
    )


def _production_of(prompt: Prompt) -> int | None:
    held = PromptLabel.objects.filter(prompt=prompt, label=PRODUCTION)
    return held.values_list("version__version", flat=True).first()


def _timeline(prompt: Prompt, asked: Asked, address: Address, *, newest: int, count: int) -> Timeline:
    top = _top(prompt, asked)
    listed = list_timeline(prompt, top=top, limit=PER_TIMELINE + 1)
    kept = {"show": asked.tab, "version": asked.number}
    higher = None if top is None else min(top + PER_TIMELINE, newest)
    return Timeline(
        entries=_entries(listed, asked, address, shown=newest if asked.number is None else asked.number),
        count=count,
        newer=address.to(**kept, top=higher) if top is not None and top < newest else "",
        older=address.to(**kept, top=listed[PER_TIMELINE].version) if len(listed) > PER_TIMELINE else "",
    )


def _top(prompt: Prompt, asked: Asked) -> int | None:
    """Return the number that the timeline begins with; None: the newest. A version that is asked for is on it."""
    if asked.top is not None or asked.number is None:
        return asked.top
    newer = prompt.versions.filter(version__gt=asked.number).count()
    return None if newer < PER_TIMELINE else asked.number + LEAD


def _entries(listed: Sequence[PromptVersion], asked: Asked, address: Address, *, shown: int) -> list[Entry]:
    visible = listed[:PER_TIMELINE]
    editors = names_of([one.created_by for one in visible])
    before = {one.id: older.version for one, older in zip(listed, listed[1:], strict=False)}
    is_whole = asked.number is None and asked.tab not in {"", "use"}
    place = next((at for at, one in enumerate(visible) if one.version == shown and not is_whole), None)
    keys = {} if place is None else {place - 1: "k", place + 1: "j"}
    return [
        Entry(
            version=one,
            labels=labels_of(one),
            editor=editors.get(one.created_by),
            link=address.to(show=asked.tab, version=one.version),
            compare_link=address.to(from_=before[one.id], to=one.version) if one.id in before else "",
            is_shown=at == place,
            key=keys.get(at, ""),
        )
        for at, one in enumerate(visible)
    ]


def _proposal(change: PromptChangeRequest, address: Address) -> Proposal:
    proposed = change.version.version
    if change.base_number in (None, proposed):
        return Proposal(change, address.to(version=proposed), is_difference=False)
    return Proposal(change, address.to(from_=change.base_number, to=proposed), is_difference=True)
