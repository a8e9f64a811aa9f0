"""Traces, observations and sessions: bulk rows that refer to each other by (project_id, id) text keys.

Ids are keys as `lib.ids.key_of` makes them; where a client's own id was too long for an index, the
original stands in `long_ids` under the column's name. There is no foreign key but to Project, and that one
without a constraint in the database: it would cost a look-up a row on the write path.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Left

INDEXED_PREFIX = 64
"""Characters of a client's free text that go into an index: a B-tree entry holds 2,704 bytes."""


class PayloadForm(models.IntegerChoices):
    """What the text of an input or output is, so that a response need not find out."""

    TEXT = 0, "not JSON: sent as a string"
    JSON = 1, "JSON that a response may splice in unparsed"
    CAREFUL = 2, "JSON with numbers that JavaScript can't hold: parsed before it is sent"


class BulkRow(models.Model):
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    id = models.TextField()
    long_ids = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    api_key_id = models.TextField(null=True)
    sdk_name = models.TextField(null=True)
    sdk_version = models.TextField(null=True)
    clocks = models.BinaryField(null=True)
    """When each field was last written, as `tracing.ingest.clocks` packs it; null: no event wrote this row."""

    class Meta:
        abstract = True


class Trace(BulkRow):
    """A trace and the summary of its observations; without `clocks` it is implied by its observations."""

    pk = models.CompositePrimaryKey("project_id", "id")
    timestamp = models.DateTimeField()
    name = models.TextField(null=True)
    user_id = models.TextField(null=True)
    session_id = models.TextField(null=True)
    release = models.TextField(null=True)
    version = models.TextField(null=True)
    environment = models.TextField(default="default")
    public = models.BooleanField(default=False)
    bookmarked = models.BooleanField(default=False)
    tags = ArrayField(models.TextField(), default=list)
    metadata = models.JSONField(default=dict)
    input = models.TextField(null=True)
    output = models.TextField(null=True)
    input_form = models.SmallIntegerField(choices=PayloadForm.choices, default=PayloadForm.TEXT)
    output_form = models.SmallIntegerField(choices=PayloadForm.choices, default=PayloadForm.TEXT)

    observation_count = models.IntegerField(default=0)
    debug_count = models.IntegerField(default=0)
    default_count = models.IntegerField(default=0)
    warning_count = models.IntegerField(default=0)
    error_count = models.IntegerField(default=0)
    first_start = models.DateTimeField(null=True)
    last_start = models.DateTimeField(null=True)
    last_end = models.DateTimeField(null=True)
    latency = models.FloatField(default=0)
    """Seconds from the first start to the last end (or start, where later); 0 without observations."""
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    total_tokens = models.BigIntegerField(default=0)
    input_cost = models.DecimalField(max_digits=65, decimal_places=30, default=0)
    output_cost = models.DecimalField(max_digits=65, decimal_places=30, default=0)
    total_cost = models.DecimalField(max_digits=65, decimal_places=30, default=0)

    class Meta:
        db_table = "traces"
        indexes = [
            models.Index(fields=["project", "timestamp"], name="traces_by_time"),
            models.Index(
                fields=["project", "session_id"],
                name="traces_by_session",
                condition=models.Q(session_id__isnull=False),
            ),
            models.Index(
                "project_id",
                Left("user_id", INDEXED_PREFIX),
                name="traces_by_user",
                condition=models.Q(user_id__isnull=False),
            ),
        ]


class Observation(BulkRow):
    """A span, generation, event, …; what explains its cost stands beside it."""

    pk = models.CompositePrimaryKey("project_id", "id")
    trace_id = models.TextField()
    parent_observation_id = models.TextField(null=True)
    type = models.TextField()
    name = models.TextField(null=True)
    start_time = models.DateTimeField()
    end_time = models.DateTimeField(null=True)
    completion_start_time = models.DateTimeField(null=True)
    environment = models.TextField(default="default")
    level = models.TextField(default="DEFAULT")
    status_message = models.TextField(null=True)
    version = models.TextField(null=True)
    input = models.TextField(null=True)
    output = models.TextField(null=True)
    input_form = models.SmallIntegerField(choices=PayloadForm.choices, default=PayloadForm.TEXT)
    output_form = models.SmallIntegerField(choices=PayloadForm.choices, default=PayloadForm.TEXT)
    metadata = models.JSONField(default=dict)

    model = models.TextField(null=True)
    """The model's name as the client gave it."""
    model_parameters = models.JSONField(null=True)
    provided_usage = models.JSONField(null=True)
    provided_cost = models.JSONField(null=True)
    usage_details = models.JSONField(default=dict)
    cost_details = models.JSONField(default=dict)
    prices = models.JSONField(null=True)
    """USD per unit by usage key, as they were when the cost was computed; null where it was provided."""
    usage_estimated = models.BooleanField(default=False)
    """The tokens were counted here, by a tokenizer that isn't the provider's own."""
    model_id = models.TextField(null=True)
    pricing_tier_id = models.TextField(null=True)
    pricing_tier_name = models.TextField(null=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    total_tokens = models.BigIntegerField(default=0)
    input_cost = models.DecimalField(max_digits=65, decimal_places=30, null=True)
    output_cost = models.DecimalField(max_digits=65, decimal_places=30, null=True)
    total_cost = models.DecimalField(max_digits=65, decimal_places=30, null=True)

    prompt_name = models.TextField(null=True)
    """As the client gave it; shown only where `prompt_id` is set."""
    prompt_version = models.IntegerField(null=True)
    prompt_id = models.TextField(null=True)

    is_app_root = models.BooleanField(default=False)
    """Marked by its sender as the root of what one application did, though it may have a parent."""
    tool_names = ArrayField(models.TextField(), null=True)
    """The tools that its input offers to the model."""
    tool_call_names = ArrayField(models.TextField(), null=True)
    """The tools that its output calls, in order, each as often as it is called."""
    experiment_id = models.TextField(null=True)
    experiment = models.JSONField(null=True)
    """What its sender said of the experiment that it is part of (`tracing.wire.otel.experiments`)."""
    otel = models.TextField(null=True)
    """JSON of the span as it came (`tracing.wire.otel.raw`), to check a mapping by; null for other senders."""

    class Meta:
        db_table = "observations"
        indexes = [
            models.Index(fields=["project", "trace_id"], name="observations_by_trace"),
            models.Index(fields=["project", "start_time"], name="observations_by_time"),
            models.Index(
                fields=["project", "experiment_id", "start_time"],
                name="observations_by_experiment",
                condition=models.Q(experiment_id__isnull=False),
            ),
            models.Index(
                fields=["project", "prompt_id", "start_time"],
                name="observations_by_prompt",
                condition=models.Q(prompt_id__isnull=False),
            ),
        ]


class Session(models.Model):
    """A session exists from the first event that names it; its environment is that event's."""

    pk = models.CompositePrimaryKey("project_id", "id")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    id = models.TextField()
    long_id = models.TextField(null=True)
    environment = models.TextField(default="default")
    first_event = models.DateTimeField()
    """The time of the event that fixed the environment."""
    public = models.BooleanField(default=False)
    bookmarked = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "sessions"
        indexes = [models.Index(fields=["project", "created_at", "id"], name="sessions_by_creation")]
