"""The tables of tracing: bulk rows keyed by (project, id), the write path's own, prices, media."""

from tracing.models.media import Media, MediaLink
from tracing.models.pipeline import DirtySlice, KeptBatch, RejectedEvents, SpooledBatch, Tombstone
from tracing.models.prices import Model, PricingTier
from tracing.models.repricing import Repricing, RepricingState
from tracing.models.retention import RetentionPolicy, RetentionRule, RetentionRun, RetentionStage
from tracing.models.traces import Observation, Session, Trace

__all__ = [
    "DirtySlice",
    "KeptBatch",
    "Media",
    "MediaLink",
    "Model",
    "Observation",
    "PricingTier",
    "RejectedEvents",
    "Repricing",
    "RepricingState",
    "RetentionPolicy",
    "RetentionRule",
    "RetentionRun",
    "RetentionStage",
    "Session",
    "SpooledBatch",
    "Tombstone",
    "Trace",
]
