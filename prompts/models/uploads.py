"""Files of prompts that somebody has uploaded and not imported yet."""

from django.conf import settings
from django.db import models

from langfuse_site.lib.ids import new_id


class PromptUpload(models.Model):
    """A zip between the look at what it would change and the import; gone after an hour."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.TextField()
    body = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "prompt_uploads"

    def __str__(self) -> str:
        return self.name
