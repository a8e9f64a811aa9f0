"""Groups by few dimensions: of hours and days they are kept beside the finer rollups, which they sum up.

A page that asks for the percentiles of models would else merge the sketches of every environment, name and prompt
of each day, most of which hold a few values: here it finds one a model. Slices have no facets, they are few.
"""

from dataclasses import dataclass

from analytics.rollups.tables import OBSERVATIONS, TRACES, RollupTable


@dataclass(frozen=True, slots=True)
class Facet:
    """What is grouped by `dimensions` alone, and what it sums up; `where` is a constant condition on that."""

    name: str
    of: RollupTable
    table: RollupTable
    dimensions: tuple[str, ...]
    where: str = "true"

    @property
    def has_environments(self) -> bool:
        """Say whether there is a group of each environment too, beside that of all, whose environment is null."""
        return "environment" in self.table.dimensions


OBSERVATION_FACETS = RollupTable(
    name="rollup_observation_facets",
    kind=OBSERVATIONS.kind,
    dimensions=(
        *("facet", "environment", "type", "observation_level", "name"),
        *("model", "prompt_name", "prompt_version"),
    ),
    sums=OBSERVATIONS.sums,
    extremes=OBSERVATIONS.extremes,
    sketches=OBSERVATIONS.sketches,
)
TRACE_FACETS = RollupTable(
    name="rollup_trace_facets",
    kind=TRACES.kind,
    dimensions=("facet", "value"),
    sums=TRACES.sums,
    extremes=TRACES.extremes,
    sketches=TRACES.sketches,
)
"""Of all environments: of one alone the finer rollups are few enough."""

TYPES = Facet("type", OBSERVATIONS, OBSERVATION_FACETS, ("type",))
LEVELS = Facet("level", OBSERVATIONS, OBSERVATION_FACETS, ("observation_level",))
MODELS = Facet("model", OBSERVATIONS, OBSERVATION_FACETS, ("type", "model"))
STEPS = Facet("step", OBSERVATIONS, OBSERVATION_FACETS, ("type", "name"))
PROMPTS = Facet(
    *("prompt", OBSERVATIONS, OBSERVATION_FACETS, ("prompt_name", "prompt_version")),
    where="prompt_name is not null",
)
ALL_TRACES = Facet("all", TRACES, TRACE_FACETS, (), where="facet = 'name'")
NAMES = Facet("name", TRACES, TRACE_FACETS, ("value",), where="facet = 'name'")
USERS = Facet("user", TRACES, TRACE_FACETS, ("value",), where="facet = 'user' and value is not null")
TAGS = Facet("tag", TRACES, TRACE_FACETS, ("value",), where="facet = 'tag'")

FACETS = {
    OBSERVATION_FACETS: (TYPES, LEVELS, MODELS, STEPS, PROMPTS),
    TRACE_FACETS: (ALL_TRACES, NAMES, USERS, TAGS),
}
