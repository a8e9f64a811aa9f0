"""Definitions of LLM models and what their units cost: a project's own, or the installation's."""

from django.db import models
from django.db.models import Q

from langfuse_site.lib.ids import new_id


class Model(models.Model):
    """A pattern that model names are matched with, and its pricing tiers. Without a project: everybody's."""

    id = models.TextField(primary_key=True, default=new_id)
    project = models.ForeignKey("accounts.Project", models.CASCADE, null=True, blank=True)
    model_name = models.TextField()
    match_pattern = models.TextField()
    """A PostgreSQL regular expression; case matters unless it begins with `(?i)`."""
    start_date = models.DateTimeField(null=True, blank=True)
    unit = models.TextField(default="TOKENS")
    tokenizer_id = models.TextField(null=True, blank=True)
    tokenizer_config = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "models"
        constraints = [
            models.UniqueConstraint(fields=["project", "model_name"], name="models_name_in_project"),
            models.UniqueConstraint(
                fields=["model_name"], condition=Q(project__isnull=True), name="models_name_of_installation"
            ),
        ]

    def __str__(self) -> str:
        return self.model_name


class PricingTier(models.Model):
    """USD per unit by usage key; tiers with conditions are tried by priority before the default one."""

    id = models.TextField(primary_key=True, default=new_id)
    model = models.ForeignKey(Model, models.CASCADE, related_name="tiers")
    name = models.TextField()
    is_default = models.BooleanField(default=False)
    priority = models.IntegerField(default=0)
    conditions = models.JSONField(default=list, blank=True)
    prices = models.JSONField(default=dict)
    """Decimal numbers as text, by usage key, so that no digit is lost."""

    class Meta:
        db_table = "pricing_tiers"
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="pricing_tiers_name"),
            models.UniqueConstraint(fields=["model", "priority"], name="pricing_tiers_priority"),
        ]

    def __str__(self) -> str:
        return f"{self.model.model_name}: {self.name}"
