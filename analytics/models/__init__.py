"""The tables of analytics: rollups of what tracing and scoring store, the book on them, budgets."""

from analytics.models.budgets import Budget, BudgetNotice, Channel, NoticeDelivery
from analytics.models.health import RollupPending, RollupRebuild, RollupRun, RollupState
from analytics.models.rollups import (
    RollupObservationFacets,
    RollupObservations,
    RollupScores,
    RollupTraceFacets,
    RollupTraces,
    RollupUsage,
)
from analytics.models.saved import Dashboard, Widget
from analytics.models.storage import StorageSample

__all__ = [
    "Budget",
    "BudgetNotice",
    "Channel",
    "NoticeDelivery",
    "Dashboard",
    "RollupObservationFacets",
    "RollupObservations",
    "RollupPending",
    "RollupRebuild",
    "RollupRun",
    "RollupScores",
    "RollupState",
    "RollupTraceFacets",
    "RollupTraces",
    "RollupUsage",
    "StorageSample",
    "Widget",
]
