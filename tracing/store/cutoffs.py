"""How long rows are kept by their environment in; what a statement compares their time with out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

CUTOFF_SQL = """
    coalesce(
        (select cutoff
         from unnest(%(environments)s::text[], %(cutoffs)s::timestamptz[]) as rules (environment, cutoff)
         where rules.environment = {table}.environment),
        %(cutoff)s
    )
"""
"""The moment before which a row of `table` is old: that of its environment, or that of None."""


def cutoff_values(cutoffs: Mapping[str | None, datetime]) -> dict[str, Any]:
    """Return what `CUTOFF_SQL` is given."""
    of_environments = {name: cutoff for name, cutoff in cutoffs.items() if name is not None}
    return {
        "environments": list(of_environments),
        "cutoffs": list(of_environments.values()),
        "cutoff": cutoffs[None],
    }
