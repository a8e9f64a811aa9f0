"""Uploaded files and the places in traces that show them."""

from django.db import models


class Media(models.Model):
    """One file of a project, known by its SHA-256."""

    pk = models.CompositePrimaryKey("project_id", "id")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    id = models.TextField()
    """The first 22 characters of the URL-safe base64 of the SHA-256, as SDKs compute it."""
    sha256 = models.TextField()
    content_type = models.TextField()
    content_length = models.BigIntegerField()
    created_at = models.DateTimeField()
    uploaded_at = models.DateTimeField(null=True)
    upload_status = models.IntegerField(null=True)
    upload_error = models.TextField(null=True)

    class Meta:
        db_table = "media"


class MediaLink(models.Model):
    """Where a file is shown: a field of a trace or an observation."""

    pk = models.CompositePrimaryKey("project_id", "trace_id", "observation_id", "field", "media_id")
    project = models.ForeignKey("accounts.Project", models.DO_NOTHING, db_constraint=False, db_index=False)
    media_id = models.TextField()
    trace_id = models.TextField()
    observation_id = models.TextField(default="")
    """Empty for the trace itself."""
    field = models.TextField()

    class Meta:
        db_table = "media_links"
        indexes = [models.Index(fields=["project", "media_id"], name="media_links_by_media")]
