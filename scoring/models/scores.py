"""Scores: bulk rows that refer to traces, observations, sessions and runs by (project_id, id) text keys."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Left

from tracing.models.traces import INDEXED_PREFIX, BulkRow


class ScoreDataType(models.TextChoices):
    NUMERIC = "NUMERIC"
    CATEGORICAL = "CATEGORICAL"
    BOOLEAN = "BOOLEAN"
    TEXT = "TEXT"
    CORRECTION = "CORRECTION"


class ScoreSource(models.TextChoices):
    API = "API"
    EVAL = "EVAL"
    ANNOTATION = "ANNOTATION"


class Score(BulkRow):
    """One judgement of one trace, observation, session or dataset run; the target may not exist (yet)."""

    pk = models.CompositePrimaryKey("project_id", "id")
    timestamp = models.DateTimeField()
    name = models.TextField()
    value = models.FloatField(null=True)
    """0 for texts and corrections."""
    string_value = models.TextField(null=True)
    long_string_value = models.TextField(default="")
    """The text of a correction."""
    data_type = models.TextField(choices=ScoreDataType.choices)
    source = models.TextField(choices=ScoreSource.choices)
    comment = models.TextField(null=True)
    metadata = models.JSONField(default=dict)
    trace_id = models.TextField(null=True)
    observation_id = models.TextField(null=True)
    session_id = models.TextField(null=True)
    dataset_run_id = models.TextField(null=True)
    config_id = models.TextField(null=True)
    queue_id = models.TextField(null=True)
    author_user_id = models.TextField(null=True)
    execution_trace_id = models.TextField(null=True)
    environment = models.TextField(default="default")

    class Meta:
        db_table = "scores"
        indexes = [
            models.Index("project_id", "timestamp", "id", name="scores_by_time"),
            models.Index("project_id", Left("name", INDEXED_PREFIX), "timestamp", name="scores_by_name"),
            models.Index(
                "project_id", "trace_id", name="scores_by_trace", condition=Q(trace_id__isnull=False)
            ),
            models.Index(
                "project_id", "session_id", name="scores_by_session", condition=Q(session_id__isnull=False)
            ),
            models.Index(
                "project_id",
                "dataset_run_id",
                name="scores_by_run",
                condition=Q(dataset_run_id__isnull=False),
            ),
        ]
