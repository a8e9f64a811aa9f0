"""The tables of analytics: rollups of what tracing and scoring store, and the book that is kept on them."""

from analytics.models.health import RollupPending, RollupRebuild, RollupRun, RollupState
from analytics.models.rollups import RollupObservations, RollupScores, RollupTraces, RollupUsage
from analytics.models.saved import Dashboard, Widget
from analytics.models.storage import StorageSample

__all__ = [
    "Dashboard",
    "RollupObservations",
    "RollupPending",
    "RollupRebuild",
    "RollupRun",
    "RollupScores",
    "RollupState",
    "RollupTraces",
    "RollupUsage",
    "StorageSample",
    "Widget",
]
