"""The tables of analytics: rollups of what tracing and scoring store, the book on them, budgets."""

from analytics.models.budgets import Budget, BudgetNotice, Channel, NoticeDelivery
from analytics.models.health import RollupPending, RollupRebuild, RollupRun, RollupState
from analytics.models.rollups import RollupObservations, RollupScores, RollupTraces, RollupUsage

__all__ = [
    "Budget",
    "BudgetNotice",
    "Channel",
    "NoticeDelivery",
    "RollupObservations",
    "RollupPending",
    "RollupRebuild",
    "RollupRun",
    "RollupScores",
    "RollupState",
    "RollupTraces",
    "RollupUsage",
]
