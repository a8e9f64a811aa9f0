"""The write path's own tables: the spool of raw batches, what was refused, tombstones, dirty slices."""

from django.db import models
from django.db.models import Q


class BatchKind(models.TextChoices):
    INGESTION = "ingestion", "POST /api/public/ingestion"
    SCORES = "scores", "POST /api/public/scores"
    OTLP_JSON = "otlp-json", "OTLP, JSON"
    OTLP_PROTOBUF = "otlp-protobuf", "OTLP, protobuf"


class RawBatch(models.Model):
    """A body as it came, with all that is needed to digest it later as it would have been at once."""

    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    kind = models.TextField(choices=BatchKind.choices)
    encoding = models.TextField(blank=True)
    """The content encoding of `body`: empty, or `gzip` as the client sent it, or `zlib` as we packed it."""
    body = models.BinaryField()
    body_bytes = models.IntegerField()
    """The size of the body unpacked."""
    event_count = models.IntegerField()
    rejected = models.JSONField(null=True)
    """The indexes of the events that were refused, so that a later version refuses the same."""
    api_key_id = models.TextField(null=True)
    access_level = models.TextField()
    sdk_name = models.TextField(null=True)
    sdk_version = models.TextField(null=True)
    ingestion_version = models.TextField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        abstract = True


class SpooledBatch(RawBatch):
    """An acknowledged batch that waits for its digest; with `failed_at` it is a dead letter."""

    id = models.BigAutoField(primary_key=True)
    attempts = models.SmallIntegerField(default=0)
    claimable_at = models.DateTimeField()
    """Claimed batches come back at this time if their worker died (a lease)."""
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        db_table = "spool"
        verbose_name_plural = "spooled batches"
        indexes = [
            models.Index(fields=["id"], name="spool_waiting", condition=Q(failed_at__isnull=True)),
            models.Index(fields=["failed_at"], name="spool_dead", condition=Q(failed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class KeptBatch(RawBatch):
    """A digested batch, kept where the setting KEEP_RAW_BODIES says so."""

    id = models.BigIntegerField(primary_key=True)
    digested_at = models.DateTimeField()

    class Meta:
        db_table = "kept_batches"
        verbose_name_plural = "kept batches"

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class RejectedEvents(models.Model):
    """How many events were refused for one reason, from one key and SDK, in one hour, with a few samples."""

    project = models.ForeignKey("accounts.Project", models.CASCADE)
    hour = models.DateTimeField()
    reason = models.TextField()
    api_key_id = models.TextField(blank=True)
    sdk_name = models.TextField(blank=True)
    sdk_version = models.TextField(blank=True)
    count = models.BigIntegerField()
    samples = models.JSONField(default=list)
    last_seen = models.DateTimeField()

    class Meta:
        db_table = "rejected_events"
        verbose_name_plural = "rejected events"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "hour", "reason", "api_key_id", "sdk_name", "sdk_version"],
                name="rejected_events_of_an_hour",
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.reason}"


class Tombstone(models.Model):
    """A deletion: events accepted before it never bring the entity back, later ones may."""

    pk = models.CompositePrimaryKey("project_id", "kind", "id")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    kind = models.TextField()
    """trace, observation or score."""
    id = models.TextField()
    deleted_at = models.DateTimeField()

    class Meta:
        db_table = "tombstones"
        indexes = [models.Index(fields=["deleted_at"], name="tombstones_by_age")]


class DirtySlice(models.Model):
    """A slice of a project's time whose aggregates no longer agree with its rows."""

    pk = models.CompositePrimaryKey("project_id", "slice_start")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    slice_start = models.DateTimeField()
    kinds = models.SmallIntegerField()
    """Whose aggregates: `tracing.store.dirty.Kind`."""
    marks = models.BigIntegerField()
    """How often it was marked since it was last recomputed."""
    dirty_since = models.DateTimeField()
    marked_at = models.DateTimeField()

    class Meta:
        db_table = "dirty_slices"
