"""Where labels have been, and the requests to move them that people review."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.audit import Actor
from langfuse_site.lib.ids import new_id
from prompts.models.versions import Prompt, PromptVersion


class ChangeStatus(models.TextChoices):
    OPEN = "open", "Open"
    APPROVED = "approved", "Approved, not merged"
    MERGED = "merged", "Merged"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Verdict(models.TextChoices):
    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"
    COMMENT = "comment", "Comment"


class MoveCause(models.TextChoices):
    CREATE = "create", "New version"
    LABEL = "label", "Labelled"
    REMOVE = "remove", "Label removed"
    DELETE = "delete", "Version deleted"
    ROLL_BACK = "roll_back", "Rolled back"
    CHANGE_REQUEST = "change_request", "Change request"
    IMPORT = "import", "Import"


class PromptChangeRequest(models.Model):
    """A version proposed for a label. Approvals count from `based_at` on, against what the label was then."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="change_requests")
    label = models.TextField()
    version = models.ForeignKey(PromptVersion, models.CASCADE, related_name="change_requests")
    base = models.ForeignKey(PromptVersion, models.SET_NULL, null=True, related_name="+")
    base_number = models.IntegerField(null=True)
    """The version that the label pointed to at `based_at`; null: none had it."""
    based_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    message = models.TextField(blank=True)
    status = models.TextField(choices=ChangeStatus.choices, default=ChangeStatus.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "prompt_change_requests"
        indexes = [models.Index(fields=["prompt", "status"], name="prompt_changes_by_status")]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "label"],
                condition=Q(status__in=["open", "approved"]),
                name="prompt_changes_once_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} as {self.label}"


class ChangeRequestReview(models.Model):
    """What a reviewer says of a change request; a person's newest approval or rejection holds."""

    change_request = models.ForeignKey(PromptChangeRequest, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    verdict = models.TextField(choices=Verdict.choices)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "prompt_change_reviews"

    def __str__(self) -> str:
        return f"{self.verdict} of {self.change_request_id}"


class PromptLabelMove(models.Model):
    """A label taken from one version to another: null on the left where it is new, on the right where it goes.

    The numbers stay when the versions are deleted. What came with files is told from what happened here.
    """

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="label_moves")
    label = models.TextField()
    from_version = models.ForeignKey(PromptVersion, models.SET_NULL, null=True, related_name="+")
    from_number = models.IntegerField(null=True)
    to_version = models.ForeignKey(PromptVersion, models.SET_NULL, null=True, related_name="+")
    to_number = models.IntegerField(null=True)
    cause = models.TextField(choices=MoveCause.choices)
    reason = models.TextField(blank=True)
    change_request = models.ForeignKey(PromptChangeRequest, models.SET_NULL, null=True, related_name="moves")
    actor = models.TextField(choices=Actor.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    api_key_id = models.TextField(null=True)
    created_at = models.DateTimeField()
    is_imported = models.BooleanField(default=False)
    """Told by files: nobody here has seen it happen, so it is no reason to skip a review."""

    class Meta:
        db_table = "prompt_label_moves"
        indexes = [models.Index(fields=["prompt", "label", "created_at"], name="prompt_label_moves_by_time")]

    def __str__(self) -> str:
        return f"{self.label}: {self.from_number or '–'} → {self.to_number or '–'}"
