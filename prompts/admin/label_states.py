"""A prompt and a visitor in, its labels with where they point and whether the visitor may move them out."""

from collections.abc import Sequence
from dataclasses import dataclass

from langfuse_site.lib.errors import ApiError
from prompts.admin.places import Place
from prompts.models import PromptLabel, ProtectedLabel
from prompts.queries import list_moves
from prompts.rules import Rules, check_move, rules_of
from prompts.wire import LATEST


@dataclass(frozen=True, slots=True)
class LabelState:
    """`holder`: the number of the version that has the label. `refusal`: why this visitor may not move it.

    `back`: the number of the version that had it before its last move, where the visitor may go back to it.
    """

    label: str
    holder: int | None = None
    rule: ProtectedLabel | None = None
    is_immutable: bool = False
    refusal: str = ""
    back: int | None = None

    @property
    def needs_change(self) -> bool:
        return self.rule is not None and self.rule.required_approvals > 0

    @property
    def may_move(self) -> bool:
        return not self.refusal


def list_states(place: Place) -> list[LabelState]:
    """Return the labels but `latest` that a prompt has or has had, those on the newest version first."""
    held, back = _holders(place), numbers_before(place)
    rules = rules_of(place.project_id)
    return [
        _state(place, rules, label, held.get(label), back.get(label))
        for label in [*held, *(back.keys() - held)]
    ]


def choosable_states(place: Place | None, labels: Sequence[str]) -> list[LabelState]:
    """Return these labels as they stand, whether a version has them or not; without a prompt none has."""
    if place is None:
        return [LabelState(label) for label in labels]
    held, rules = _holders(place), rules_of(place.project_id)
    return [_state(place, rules, label, held.get(label), None) for label in labels]


def state_of(place: Place, label: str) -> LabelState:
    return choosable_states(place, [label])[0]


def numbers_before(place: Place) -> dict[str, int]:
    """Return, by label, the number of the version that had it before its last move."""
    moves = list_moves(place.project_id, place.prompt.name).order_by("label", "-created_at", "-id")
    rows = moves.distinct("label").values_list("label", "from_number")
    return {label: number for label, number in rows if number is not None}


def _holders(place: Place) -> dict[str, int]:
    rows = PromptLabel.objects.filter(prompt=place.prompt).exclude(label=LATEST)
    return dict(rows.order_by("-version__version", "label").values_list("label", "version__version"))


def _state(place: Place, rules: Rules, label: str, holder: int | None, back: int | None) -> LabelState:
    is_held = holder is not None
    return LabelState(
        label=label,
        holder=holder,
        rule=rules.protected.get(label),
        is_immutable=rules.is_immutable(label),
        refusal=_refusal(place, rules, label, is_held=is_held),
        back=None if _refusal(place, rules, label, is_held=is_held, is_reviewed=True) else back,
    )


def _refusal(place: Place, rules: Rules, label: str, *, is_held: bool, is_reviewed: bool = False) -> str:
    if not place.may_edit:
        return "Your role reads prompts; members and above move labels"
    try:
        check_move(
            rules,
            label,
            author=place.author,
            project_id=place.project_id,
            is_held=is_held,
            is_reviewed=is_reviewed,
            may_protect=place.may_protect,
        )
    except ApiError as error:
        return error.message
    return ""
