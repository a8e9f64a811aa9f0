"""The book on rollups: what waits to be merged, what became of each project's last refresh and of each run."""

from django.db import models


class RollupPending(models.Model):
    """An hour or day that is not merged yet: open, or touched since. Readers take its parts instead."""

    pk = models.CompositePrimaryKey("project_id", "level", "start")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    level = models.SmallIntegerField()
    start = models.DateTimeField()
    since = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        db_table = "rollup_pending"


class RollupState(models.Model):
    """A project's last refresh that had something to do."""

    project = models.OneToOneField(
        "accounts.Project", models.DO_NOTHING, db_constraint=False, primary_key=True
    )
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    slices = models.IntegerField()
    hours = models.IntegerField()
    days = models.IntegerField()
    due_at = models.DateTimeField()
    """Not refreshed again before: refreshes take a bounded share of the time, failures wait."""
    error = models.TextField(blank=True)

    class Meta:
        db_table = "rollup_states"
        verbose_name = "aggregated project"

    def __str__(self) -> str:
        return f"Rollups of {self.project_id}"


class RollupRebuild(models.Model):
    """A range of one project, or of all, whose rollups an admin wants made anew from the rows."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey("accounts.Project", models.CASCADE, null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.TextField(blank=True)
    marked_at = models.DateTimeField(null=True)
    """When its slices were marked: from then on those of them that are as old are left to be done."""
    slices = models.IntegerField(default=0)

    class Meta:
        db_table = "rollup_rebuilds"
        verbose_name = "recomputed range"

    def __str__(self) -> str:
        return f"Recomputed range {self.pk}"


class RollupRun(models.Model):
    """One turn of the task; without `finished_at` it is under way, or its worker died."""

    id = models.BigAutoField(primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    projects = models.IntegerField(default=0)
    slices = models.IntegerField(default=0)
    hours = models.IntegerField(default=0)
    days = models.IntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "rollup_runs"
        verbose_name = "aggregation run"

    def __str__(self) -> str:
        return f"Run {self.pk}"
