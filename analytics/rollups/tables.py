"""What the columns of each rollup are: dimensions to group by, measures and how they are merged."""

from dataclasses import dataclass

from tracing.store.dirty import Kind


@dataclass(frozen=True, slots=True)
class RollupTable:
    """A table of rollups; besides these columns it has project_id, level, start and key."""

    name: str
    kind: Kind
    """Which marks make its slices stale."""
    dimensions: tuple[str, ...]
    sums: tuple[str, ...]
    extremes: tuple[str, ...] = ()
    """The stems of `…_min` and `…_max`."""
    sketches: tuple[str, ...] = ()
    """The stems of `…_buckets` and `…_counts`."""

    @property
    def merges(self) -> dict[str, str]:
        """Return the aggregate that merges each measure, sketches aside."""
        minima = {f"{stem}_min": f"min({stem}_min)" for stem in self.extremes}
        maxima = {f"{stem}_max": f"max({stem}_max)" for stem in self.extremes}
        return {name: f"sum({name})" for name in self.sums} | minima | maxima

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns beside project_id, level and start, in the order of the statements."""
        arrays = (f"{stem}_{part}" for stem in self.sketches for part in ("buckets", "counts"))
        return ("key", *self.dimensions, *self.merges, *arrays)


TOKENS = ("input_tokens", "output_tokens", "total_tokens")
COSTS = ("input_cost", "output_cost", "total_cost")

OBSERVATIONS = RollupTable(
    name="rollup_observations",
    kind=Kind.OBSERVATIONS,
    dimensions=(
        *("environment", "type", "observation_level", "name", "trace_name"),
        *("model", "prompt_name", "prompt_version"),
    ),
    sums=(
        *("count", *TOKENS, *COSTS),
        *("latency_count", "latency_sum", "ttft_count", "ttft_sum"),
        *("streaming_count", "streaming_sum", "streaming_tokens"),
    ),
    extremes=("latency", "ttft", "streaming"),
    sketches=("latency", "ttft"),
)
USAGE = RollupTable(
    name="rollup_usage",
    kind=Kind.OBSERVATIONS,
    dimensions=("environment", "model", "usage_key"),
    sums=("count", "units", "cost"),
)
TRACES = RollupTable(
    name="rollup_traces",
    kind=Kind.TRACES,
    dimensions=("environment", "facet", "value"),
    sums=(
        *("count", "error_traces", "observation_count", *TOKENS, *COSTS),
        *("latency_count", "latency_sum"),
    ),
    extremes=("latency",),
    sketches=("latency",),
)
SCORES = RollupTable(
    name="rollup_scores",
    kind=Kind.SCORES,
    dimensions=("environment", "name", "source", "data_type", "string_value"),
    sums=("count", "value_count", "value_sum"),
    extremes=("value",),
    sketches=("value",),
)
TABLES = (OBSERVATIONS, USAGE, TRACES, SCORES)
