"""What the scores of one kind look like: their name, type, and the values they may take."""

from django.db import models

from langfuse_site.lib.ids import new_id


class ConfigDataType(models.TextChoices):
    NUMERIC = "NUMERIC", "Number"
    CATEGORICAL = "CATEGORICAL", "Category"
    BOOLEAN = "BOOLEAN", "True or false"
    TEXT = "TEXT", "Text"


class ScoreConfig(models.Model):
    """A score that refers to a config takes its name and must comply with it. Names may repeat."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="score_configs")
    name = models.TextField()
    data_type = models.TextField(choices=ConfigDataType.choices)
    is_archived = models.BooleanField(default=False)
    min_value = models.FloatField(null=True, blank=True)
    max_value = models.FloatField(null=True, blank=True)
    categories = models.JSONField(null=True, blank=True)
    """A list of `{"label", "value"}`: given for CATEGORICAL, False and True for BOOLEAN, else null."""
    description = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "score_configs"
        indexes = [models.Index(fields=["project", "-created_at"], name="score_configs_by_creation")]

    def __str__(self) -> str:
        return self.name
