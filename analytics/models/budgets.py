"""What a project may spend in a month, who was told how much of it is spent, and whether that came through."""

from django.db import models
from django.db.models import Q

from langfuse_site.lib.ids import new_id


class Budget(models.Model):
    project = models.OneToOneField(
        "accounts.Project", models.CASCADE, primary_key=True, related_name="budget"
    )
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    """USD a month."""
    zone = models.TextField(default="UTC")
    """The time zone that months begin in."""
    sends_emails = models.BooleanField(default=True)
    webhook_url = models.TextField(blank=True, default="")
    secret_version = models.PositiveIntegerField(default=1)
    """The secret itself is derived from the installation's and this number: no table holds it."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "budgets"

    def __str__(self) -> str:
        return f"${self.amount} a month for {self.project_id}"


class BudgetNotice(models.Model):
    """A threshold that was passed: noticed once a month, and once more if the amount was changed."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="budget_notices")
    month = models.DateField()
    threshold = models.PositiveSmallIntegerField()
    """Per cent of the amount."""
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    spent = models.DecimalField(max_digits=65, decimal_places=30)
    is_silent = models.BooleanField(default=False)
    """Nobody was told: a higher threshold was passed with it, or the amount was set below what was spent."""
    created_at = models.DateTimeField()

    class Meta:
        db_table = "budget_notices"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "month", "threshold", "amount"], name="budget_notices_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.threshold} % of {self.month:%Y-%m}"


class Channel(models.TextChoices):
    EMAIL = "email", "Email"
    WEBHOOK = "webhook", "Webhook"


class NoticeDelivery(models.Model):
    """A message that is tried until it is delivered or given up; without a notice it is a test."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="notice_deliveries")
    notice = models.ForeignKey(BudgetNotice, models.CASCADE, null=True, related_name="deliveries")
    channel = models.TextField(choices=Channel.choices)
    target = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "notice_deliveries"
        verbose_name_plural = "notice deliveries"
        indexes = [
            models.Index(fields=["project", "-created_at"], name="notice_deliveries_latest"),
            models.Index(
                fields=["due_at"],
                name="notice_deliveries_due",
                condition=Q(delivered_at__isnull=True, given_up_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.target}"
