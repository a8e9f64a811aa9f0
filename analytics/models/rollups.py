"""Aggregates of a project's rows by minute, hour and day: recomputed from the rows, never added to.

Every row counts what has its time in [start, start + the level's width). A dimension of more than 200
characters is cut and ends with its digest (the database's function `rollup_text`), so that two never merge.
Durations are milliseconds, exact to the microsecond. A sketch is two arrays of one length, the buckets in order
and how many values each holds (`analytics.rollups.sketch`).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from analytics.models.fields import NumericField


class Rollup(models.Model):
    pk = models.CompositePrimaryKey("project_id", "level", "start", "key")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    level = models.SmallIntegerField()
    """`analytics.rollups.levels.Level`."""
    start = models.DateTimeField()
    key = models.UUIDField()
    """The MD5 of the dimensions."""
    environment = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        abstract = True


class ObservationSums(Rollup):
    input_tokens = NumericField()
    output_tokens = NumericField()
    total_tokens = NumericField()
    input_cost = NumericField(null=True)
    """Null: no observation has one. So it is with every sum of what may be missing."""
    output_cost = NumericField(null=True)
    total_cost = NumericField(null=True)
    latency_count = models.BigIntegerField()
    """From start to end, of those that have ended."""
    latency_sum = NumericField(null=True)
    latency_min = NumericField(null=True)
    latency_max = NumericField(null=True)
    latency_buckets = ArrayField(models.SmallIntegerField())
    latency_counts = ArrayField(models.BigIntegerField())
    ttft_count = models.BigIntegerField()
    """From start to the first token."""
    ttft_sum = NumericField(null=True)
    ttft_min = NumericField(null=True)
    ttft_max = NumericField(null=True)
    ttft_buckets = ArrayField(models.SmallIntegerField())
    ttft_counts = ArrayField(models.BigIntegerField())
    streaming_count = models.BigIntegerField()
    """From the first token to the end."""
    streaming_sum = NumericField(null=True)
    streaming_min = NumericField(null=True)
    streaming_max = NumericField(null=True)
    streaming_tokens = NumericField(null=True)
    """The output of those."""

    class Meta:
        abstract = True


class RollupObservations(ObservationSums):
    type = models.TextField()
    observation_level = models.TextField()
    name = models.TextField(null=True)
    trace_name = models.TextField(null=True)
    model = models.TextField(null=True)
    """As the client gave it."""
    prompt_name = models.TextField(null=True)
    """Of a prompt that exists; as with the version."""
    prompt_version = models.IntegerField(null=True)

    class Meta:
        db_table = "rollup_observations"


class RollupObservationFacets(ObservationSums):
    """Sums of `rollup_observations` of hours and days by few dimensions (`analytics.rollups.facets`)."""

    pk = models.CompositePrimaryKey("project_id", "level", "facet", "start", "key")
    facet = models.TextField()
    environment = models.TextField(null=True)  # type: ignore[assignment]
    """Null: of all environments."""
    type = models.TextField(null=True)
    """Null: not what is grouped by; so it is with all that follow."""
    observation_level = models.TextField(null=True)
    name = models.TextField(null=True)
    model = models.TextField(null=True)
    prompt_name = models.TextField(null=True)
    prompt_version = models.IntegerField(null=True)

    class Meta:
        db_table = "rollup_observation_facets"


class RollupUsage(Rollup):
    """Units and cost by usage key; `count` is how many observations have either."""

    model = models.TextField(null=True)
    usage_key = models.TextField()
    units = NumericField(null=True)
    cost = NumericField(null=True)

    class Meta:
        db_table = "rollup_usage"


class TraceSums(Rollup):
    error_traces = models.BigIntegerField()
    """Those with an observation of level ERROR."""
    observation_count = models.BigIntegerField()
    input_tokens = NumericField()
    output_tokens = NumericField()
    total_tokens = NumericField()
    input_cost = NumericField()
    output_cost = NumericField()
    total_cost = NumericField()
    latency_count = models.BigIntegerField()
    """From the first start to the last end, of those with observations."""
    latency_sum = NumericField(null=True)
    latency_min = NumericField(null=True)
    latency_max = NumericField(null=True)
    latency_buckets = ArrayField(models.SmallIntegerField())
    latency_counts = ArrayField(models.BigIntegerField())

    class Meta:
        abstract = True


class RollupTraces(TraceSums):
    """Traces by name, and once more by user, and once more by each of their tags."""

    facet = models.TextField()
    """name, user or tag."""
    value = models.TextField(null=True)

    class Meta:
        db_table = "rollup_traces"
        indexes = [
            # Most rows are of users: what is read of names and tags alone passes them by.
            models.Index(
                fields=["project", "level", "facet", "start"],
                name="rollup_traces_but_of_users",
                condition=~models.Q(facet="user"),
            )
        ]


class RollupTraceFacets(TraceSums):
    """Sums of `rollup_traces` of hours and days over all environments (`analytics.rollups.facets`)."""

    pk = models.CompositePrimaryKey("project_id", "level", "facet", "start", "key")
    environment = None  # type: ignore[assignment]
    facet = models.TextField()
    """name, user or tag, or all."""
    value = models.TextField(null=True)

    class Meta:
        db_table = "rollup_trace_facets"


class RollupScores(Rollup):
    name = models.TextField()
    source = models.TextField()
    data_type = models.TextField()
    string_value = models.TextField(null=True)
    """Of categories and booleans only."""
    value_count = models.BigIntegerField()
    value_sum = NumericField(null=True)
    """Of the values as numeric, whose sum does not depend on the order."""
    value_min = models.FloatField(null=True)
    value_max = models.FloatField(null=True)
    value_buckets = ArrayField(models.SmallIntegerField())
    value_counts = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "rollup_scores"
