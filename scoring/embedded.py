"""Dataset runs and their items in, their scores as version 3 of the API has them out, for what embeds them."""

from collections.abc import Sequence
from typing import Any

from scoring.queries import list_scores_of_items, list_scores_of_runs
from scoring.shapes import score_v3_shape


def scores_of_runs(
    project_id: str, run_keys: Sequence[str], *, limit: int
) -> dict[str, list[dict[str, Any]]]:
    """Return, by key, the newest `limit` scores on each of these runs themselves."""
    found = list_scores_of_runs(project_id, run_keys, limit=limit)
    return {key: [score_v3_shape(project_id, row) for row in rows] for key, rows in found.items()}


def scores_of_items(
    project_id: str, items: Sequence[tuple[str, str]], *, limit: int
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the newest `limit` scores on each of these (trace, observation), keys, or on the trace as a whole."""
    found = list_scores_of_items(project_id, items, limit=limit)
    return {item: [score_v3_shape(project_id, row) for row in rows] for item, rows in found.items()}
