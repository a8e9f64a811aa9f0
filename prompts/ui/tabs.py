"""A prompt's page and one of its tabs in; what that tab shows out, by a fixed number of statements."""

from dataclasses import dataclass

from django.db.models import Q

from prompts.composition import Tag, tags_of
from prompts.content import MAX_SHOWN, Composed, LinkOf, Shown, compose, names_of, show
from prompts.diff import pretty
from prompts.models import Prompt, PromptLabelMove, PromptVersion
from prompts.queries import labels_of, list_dependents, list_moves
from prompts.screens import Fetcher, list_fetchers
from prompts.ui.detail import Detail
from prompts.ui.links import prompt_address, text_address
from prompts.ui.snippets import Snippet, Wanted, best_label, snippets_of
from prompts.usage import LinkedGeneration, VersionUsage, list_linked, usage_of

MAX_MOVES = 100
MAX_DEPENDENTS = 20
MAX_LINKED = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A prompt that this one is composed of, or that is composed of this one."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Config:
    """What stands of it on the page, and how long it is."""

    text: str
    size: int

    @property
    def is_cut(self) -> bool:
        return self.size > len(self.text)


@dataclass(frozen=True, slots=True)
class Text:
    """`problem`: why the prompt can't be composed now. `whole`: the address of all of it, as plain text."""

    shown: Shown
    config: Config
    uses: list[Part]
    used_by: list[Part]
    is_raw: bool
    raw_link: str
    composed_link: str
    problem: str
    whole: str
    whole_config: str


@dataclass(frozen=True, slots=True)
class Use:
    snippets: list[Snippet]
    label: str | None


@dataclass(frozen=True, slots=True)
class Used:
    """A version that generations were made with."""

    version: PromptVersion
    labels: list[str]
    link: str
    usage: VersionUsage


@dataclass(frozen=True, slots=True)
class Linked:
    number: int
    generation: LinkedGeneration


@dataclass(frozen=True, slots=True)
class Usage:
    used: list[Used]
    latest: list[Linked]


@dataclass(frozen=True, slots=True)
class Client:
    """Who got a version; `link` to all who got that one."""

    fetcher: Fetcher
    link: str


@dataclass(frozen=True, slots=True)
class Move:
    """A label's move; `link` to the difference, where both versions are still there."""

    move: PromptLabelMove
    link: str


def text_of(prompt: Prompt, detail: Detail) -> Text:
    version, is_raw = detail.version, detail.asked.is_raw
    composed = composed_version(version)
    problem = composed.problem if composed else ""
    whole = text_address(prompt.project_id, prompt.name)
    config = pretty(version.config)
    tags = tags_of(version.content)
    here = {"version": version.version}
    dependents = list_dependents(prompt, numbers=[version.version], labels=detail.labels)[:MAX_DEPENDENTS]
    is_composed = composed is not None and not problem and not is_raw
    return Text(
        shown=show(version.content, composed if is_composed else None, link_of=_linker(prompt.project_id)),
        config=Config(config[:MAX_SHOWN], len(config)),
        uses=[Part(str(tag), tag_link(prompt.project_id, tag)) for tag in tags],
        used_by=[_dependent(one) for one in dependents],
        is_raw=is_raw,
        raw_link=detail.address.to(**here, raw=1),
        composed_link=detail.address.to(**here),
        problem=problem,
        whole=whole.to(**here, composed=1 if is_composed else None),
        whole_config=whole.to(**here, part="config"),
    )


def use_of(prompt: Prompt, detail: Detail, *, host: str) -> Use:
    """Return how an application gets the version; a composed one has the variables of its parts."""
    version = detail.version
    names = names_of(version.content, composed_version(version))
    label = best_label(detail.labels)
    known = (names.variables, names.placeholders)
    return Use(snippets_of(Wanted(host, prompt.name, prompt.type, version.version, label, *known)), label)


def linked_usage(prompt: Prompt, detail: Detail) -> Usage:
    """Return the usage of one version, or of those on the timeline."""
    versions = [one.version for one in detail.timeline.entries] if detail.is_whole else [detail.version]
    by_id = {version.id: version for version in versions}
    usage = usage_of(prompt.project_id, list(by_id))
    linked = list_linked(prompt.project_id, list(by_id), limit=MAX_LINKED)
    return Usage(
        used=[
            Used(one, labels_of(one), detail.address.to(show="usage", version=one.version), usage[pk])
            for pk, one in by_id.items()
            if usage[pk].generations.count
        ],
        latest=[Linked(by_id[one.version_id].version, one) for one in linked],
    )


def clients_of(prompt: Prompt, detail: Detail) -> list[Client]:
    """Return who got one version, or any."""
    whole = prompt.versions.values_list("pk", flat=True) if detail.is_whole else [detail.version.id]
    return [
        Client(one, detail.address.to(show="clients", version=one.number))
        for one in list_fetchers(prompt.project_id, list(whole))
    ]


def moves_of(prompt: Prompt, detail: Detail) -> list[Move]:
    """Return the latest moves of labels: all, or those to and from one version."""
    moves = list_moves(prompt.project_id, prompt.name)
    if not detail.is_whole:
        number = detail.version.version
        moves = moves.filter(Q(from_number=number) | Q(to_number=number))
    return [Move(move, _difference(move, detail)) for move in moves[:MAX_MOVES]]


def composed_version(version: PromptVersion) -> Composed | None:
    """Return a version composed of its parts; None where it names no other prompt."""
    prompt = version.prompt
    return compose(prompt.project_id, prompt.name, version.content, number=version.version)


def tag_link(project_id: str, tag: Tag) -> str:
    """Return the address of the version that a tag names now."""
    return prompt_address(project_id, tag.name).to(version=tag.number, label=tag.label)


def _linker(project_id: str) -> LinkOf:
    return lambda tag: tag_link(project_id, tag)


def _dependent(version: PromptVersion) -> Part:
    link = prompt_address(version.prompt.project_id, version.prompt.name).to(version=version.version)
    return Part(f"'{version.prompt.name}' version {version.version}", link)


def _difference(move: PromptLabelMove, detail: Detail) -> str:
    if move.from_version_id is None or move.to_version_id is None:
        return ""
    return detail.address.to(from_=move.from_number, to=move.to_number)
