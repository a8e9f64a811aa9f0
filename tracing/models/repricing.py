"""Costs of the past that are computed anew after a price has changed: what was found, and how far it is applied."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from langfuse_site.lib.ids import new_id


class RepricingState(models.TextChoices):
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked"
    APPLYING = "applying", "Being applied"
    DONE = "done", "Applied"
    DISCARDED = "discarded", "Discarded"


class Repricing(models.Model):
    """A walk over a project's generations by time, made once to tell what would change and once to change it."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="repricings")
    model = models.TextField(null=True, blank=True)
    """A name as clients give it; null: all of them."""
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField()
    state = models.TextField(choices=RepricingState.choices, default=RepricingState.CHECKING)
    reached_at = models.DateTimeField(null=True)
    reached_id = models.TextField(default="", blank=True)
    """The observation that the walk has come to, by its start and key."""
    first_at = models.DateTimeField(null=True)
    """The start of the first observation of the walk."""
    seen = models.BigIntegerField(default=0)
    """Generations whose cost is computed here, not provided."""
    changed = models.BigIntegerField(default=0)
    cost_before = models.DecimalField(max_digits=65, decimal_places=30, default=Decimal(0))
    cost_after = models.DecimalField(max_digits=65, decimal_places=30, default=Decimal(0))
    """Of those that the check found changed."""
    by_model = models.JSONField(default=dict)
    """The same by model name: `[generations, before, after]`, money as text."""
    applied = models.BigIntegerField(default=0)
    applied_before = models.DecimalField(max_digits=65, decimal_places=30, default=Decimal(0))
    applied_after = models.DecimalField(max_digits=65, decimal_places=30, default=Decimal(0))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    worked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "repricings"
        indexes = [models.Index(fields=["project", "-created_at"], name="repricings_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=["checking", "checked", "applying"]),
                name="repricings_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model or 'all models'}, {self.get_state_display().lower()}"

    @property
    def percent(self) -> int:
        """Return how much of the time is walked over, 0 to 100."""
        if self.state not in {RepricingState.CHECKING, RepricingState.APPLYING}:
            return 100
        if self.reached_at is None or self.first_at is None or self.until <= self.first_at:
            return 0
        return min(99, int(100 * ((self.reached_at - self.first_at) / (self.until - self.first_at))))
