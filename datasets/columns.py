"""The columns by which experiments and their items may be filtered, over the rows of observations."""

from tracing.queries.filters import Column, View, view_of

# An experiment is all observations of its id: what is said of it is the same on each that says it.
EXPERIMENTS: View = view_of(
    "experiments",
    (
        Column("id", "text", "observations.experiment_id", ("ID", "Experiment ID"), is_id=True),
        Column("name", "text", "max(observations.experiment ->> 'name')", ("Name", "Experiment Name")),
        Column("datasetId", "text", "max(observations.experiment ->> 'dataset_id')", ("Dataset ID",)),
    ),
)
ITEMS: View = view_of(
    "experiment items",
    (
        Column("experimentId", "text", "observations.experiment_id", ("Experiment ID",), is_id=True),
        Column("experimentName", "text", "(observations.experiment ->> 'name')", ("Experiment Name",)),
        Column(
            "experimentItemId", "text", "(observations.experiment ->> 'item_id')", ("Experiment Item ID",)
        ),
        Column("datasetId", "text", "(observations.experiment ->> 'dataset_id')", ("Dataset ID",)),
    ),
)
