"""Who gets which version of a prompt, counted by day."""

from django.db import models

from prompts.models.versions import PromptVersion


class PromptFetch(models.Model):
    """How often a key and SDK got a version in a day (UTC). Empty text: not asked by label, or not told.

    Counts arrive seconds after the fetch, so a version may be gone by then: no constraint holds them.
    """

    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(PromptVersion, models.CASCADE, related_name="fetches", db_constraint=False)
    day = models.DateField()
    label = models.TextField(default="")
    api_key_id = models.TextField(default="")
    sdk_name = models.TextField(default="")
    sdk_version = models.TextField(default="")
    count = models.BigIntegerField(default=0)
    last_seen = models.DateTimeField()

    class Meta:
        db_table = "prompt_fetches"
        verbose_name_plural = "prompt fetches"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "version", "label", "api_key_id", "sdk_name", "sdk_version"],
                name="prompt_fetches_once_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.day}: {self.count}"
