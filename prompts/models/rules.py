"""What a project asks of its labels, and the number by which every process knows that its prompts changed."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class ProtectedLabel(models.Model):
    """A label that only admins and owners move, or enough approvals; keys too, where the rule covers them."""

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="protected_labels")
    label = models.TextField()
    required_approvals = models.PositiveSmallIntegerField(default=0)
    """0: who holds promptProtectedLabels:CUD moves it directly. More: it moves by change request alone."""
    own_approval_counts = models.BooleanField(default=False)
    covers_api_keys = models.BooleanField(default=False)
    """Off, as clients of the API know it: keys move every label."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "protected_labels"
        constraints = [models.UniqueConstraint(fields=["project", "label"], name="protected_labels_once")]

    def __str__(self) -> str:
        return self.label


class PromptPolicy(models.Model):
    """What holds for all prompts of a project; a project without a row has none of it."""

    project = models.OneToOneField(
        "accounts.Project", models.CASCADE, primary_key=True, related_name="prompt_policy"
    )
    immutable_labels = ArrayField(models.TextField(), default=list, blank=True)
    """Patterns of labels that never move once set: `#` stands for a number, `*` for anything (`v#.#.#`)."""

    class Meta:
        db_table = "prompt_policies"
        verbose_name = verbose_name_plural = "immutable labels"

    def __str__(self) -> str:
        return f"Immutable labels of {self.project}"


class PromptGeneration(models.Model):
    """Counts the writes to a project's prompts; what is cached holds as long as the number stands."""

    project = models.OneToOneField(
        "accounts.Project", models.CASCADE, primary_key=True, related_name="prompt_generation"
    )
    number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "prompt_generations"

    def __str__(self) -> str:
        return f"{self.project_id}: {self.number}"
