"""Score events of one project in, rows of scores written: read, folded and written back as sets."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from langfuse_site.lib.ids import key_of
from scoring import store
from scoring.fold import ScorePatch, ScoreState, fold
from scoring.models import ScoreConfig
from scoring.patches import body_of, patch_of
from scoring.verdicts import ConfigRules
from tracing.companions import Source, SourcedEvent
from tracing.store.rejects import Refused, count_rejects
from tracing.store.tombstones import deletions

Writer = tuple[str, str, str]
"""The key and the SDK, its name and version, whose refused events are counted together."""


def apply_scores(project_id: str, events: Sequence[SourcedEvent]) -> list[datetime]:
    """Merge score events into the project's scores; those that may not be stored are dropped and counted.

    Returns the times of the scores that were written.
    """
    patches = _patches(project_id, events)
    if not patches:
        return []
    store.hold_off_deletions(project_id)
    by_key: dict[str, list[ScorePatch]] = defaultdict(list)
    for patch in _without_deleted(project_id, patches):
        by_key[key_of(patch.id)].append(patch)
    return _merge(project_id, by_key) if by_key else []


def read_rules(project_id: str, config_ids: Collection[str]) -> dict[str, ConfigRules]:
    """Return the rules of the project's configs with these ids."""
    if not config_ids:
        return {}
    configs = ScoreConfig.objects.filter(project_id=project_id, id__in=config_ids)
    return {config.id: rules_of(config) for config in configs}


def rules_of(config: ScoreConfig) -> ConfigRules:
    """Return what a config asks of its scores."""
    return ConfigRules(
        name=config.name,
        data_type=config.data_type,
        is_archived=config.is_archived,
        min_value=config.min_value,
        max_value=config.max_value,
        categories={category["label"]: category["value"] for category in config.categories or []},
    )


def _patches(project_id: str, events: Sequence[SourcedEvent]) -> list[ScorePatch]:
    named = {body_of(one.event).config_id for one in events}
    configs = read_rules(project_id, {name for name in named if name})
    patches: list[ScorePatch] = []
    refused: dict[Writer, list[Refused]] = defaultdict(list)
    for one in events:
        made = patch_of(one, configs)
        if isinstance(made, ScorePatch):
            patches.append(made)
        else:
            refused[_writer(one.source)].append(made)
    # In one order everywhere, so that two digests that count the same can't wait for each other.
    for api_key_id, sdk_name, sdk_version in sorted(refused):
        count_rejects(
            project_id,
            refused[api_key_id, sdk_name, sdk_version],
            api_key_id=api_key_id,
            sdk_name=sdk_name,
            sdk_version=sdk_version,
        )
    return patches


def _writer(source: Source) -> Writer:
    return source.api_key_id or "", source.sdk_name or "", source.sdk_version or ""


def _without_deleted(project_id: str, patches: Sequence[ScorePatch]) -> list[ScorePatch]:
    scores = deletions(project_id, "score", [key_of(patch.id) for patch in patches])
    traces = deletions(project_id, "trace", [*filter(None, map(_trace_key, patches))])
    return [
        patch
        for patch in patches
        if _outlives(patch, scores.get(key_of(patch.id))) and _outlives(patch, traces.get(_trace_key(patch)))
    ]


def _trace_key(patch: ScorePatch) -> str:
    return key_of(patch.origin.trace_id) if patch.origin.trace_id else ""


def _outlives(patch: ScorePatch, deleted_at: datetime | None) -> bool:
    return deleted_at is None or patch.received_at > deleted_at


def _merge(project_id: str, patches: Mapping[str, Sequence[ScorePatch]]) -> list[datetime]:
    """Write the scores; one that another worker inserted meanwhile is read again and folded again."""
    stored = store.read_scores(project_id, list(patches))
    old = _folded(stored, patches)
    store.update_scores(project_id, old)
    new = {key: fold(None, patches[key]) for key in patches if key not in stored}
    lost = new.keys() - store.insert_scores(project_id, new.values())
    found = store.read_scores(project_id, list(lost)) if lost else {}
    again = _folded(found, patches)
    store.update_scores(project_id, again)
    states = (*stored.values(), *old, *new.values(), *found.values(), *again)
    return [state.origin.timestamp for state in states]


def _folded(
    stored: Mapping[str, ScoreState], patches: Mapping[str, Sequence[ScorePatch]]
) -> list[ScoreState]:
    return [fold(state, patches[key]) for key, state in stored.items()]
