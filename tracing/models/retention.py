"""How long a project keeps its traces: what is kept by choice, rules by environment and tag, runs that apply them."""

from django.db import models

from langfuse_site.lib.ids import new_id


class RetentionPolicy(models.Model):
    """What a project keeps whatever its age. The days of everything else stand in `Project.retention_days`."""

    project = models.OneToOneField(
        "accounts.Project", models.CASCADE, primary_key=True, related_name="retention_policy"
    )
    keep_bookmarked = models.BooleanField(default=False)
    keep_scored = models.BooleanField(default=False)
    keep_experiments = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "retention_policies"
        verbose_name_plural = "retention policies"

    def __str__(self) -> str:
        return f"Retention of {self.project_id}"


class RetentionRule(models.Model):
    """Days for an environment, a tag, or one within the other; what it names wins over the project's days."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="retention_rules")
    environment = models.TextField(null=True, blank=True)
    """Null: all of them."""
    tag = models.TextField(null=True, blank=True)
    days = models.PositiveIntegerField(null=True, blank=True)
    """Null: for ever."""

    class Meta:
        db_table = "retention_rules"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "environment", "tag"], nulls_distinct=False, name="retention_rules_once"
            ),
            models.CheckConstraint(
                condition=models.Q(environment__isnull=False) | models.Q(tag__isnull=False),
                name="retention_rules_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.environment or '*'} / {self.tag or '*'}: {self.days or 'for ever'}"


class RetentionStage(models.TextChoices):
    TRACES = "traces", "Traces"
    SCORES = "scores", "Scores of no trace"
    SESSIONS = "sessions", "Sessions without traces"
    REST = "rest", "Uploads, kept bodies and refused events"
    DONE = "done", "Done"


class RetentionRun(models.Model):
    """One walk over a project's rows, oldest first. It goes on where it was, whoever was killed meanwhile."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="retention_runs")
    started_at = models.DateTimeField()
    """Ages are counted back from here, for the whole run."""
    worked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stage = models.TextField(choices=RetentionStage.choices, default=RetentionStage.TRACES)
    reached_at = models.DateTimeField(null=True)
    reached_id = models.TextField(default="", blank=True)
    """The row that the stage has come to, by its time and key."""
    seen = models.BigIntegerField(default=0)
    traces = models.BigIntegerField(default=0)
    observations = models.BigIntegerField(default=0)
    scores = models.BigIntegerField(default=0)
    sessions = models.BigIntegerField(default=0)
    others = models.BigIntegerField(default=0)
    """Uploads that nothing shows, bodies that were kept, counts of refused events."""

    class Meta:
        db_table = "retention_runs"
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=models.Q(finished_at__isnull=True), name="retention_runs_one"
            )
        ]
        indexes = [models.Index(fields=["project", "-started_at"], name="retention_runs_latest")]

    def __str__(self) -> str:
        return f"Retention of {self.project_id} at {self.started_at:%Y-%m-%d %H:%M}"
