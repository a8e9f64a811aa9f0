"""A prompt, its versions that never change, what they are composed of, and the labels that point to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from langfuse_site.lib.ids import key_of, new_id


class PromptType(models.TextChoices):
    TEXT = "text", "Text"
    CHAT = "chat", "Chat"


class Prompt(models.Model):
    """What all versions share. A prompt without versions does not exist for the API."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="prompts")
    name = models.TextField()
    name_key = models.TextField(editable=False)
    """The name as `key_of` makes it, since names of any length are unique in a project."""
    type = models.TextField(choices=PromptType.choices, default=PromptType.TEXT)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "prompts"
        constraints = [
            models.UniqueConstraint(fields=["project", "name_key"], name="prompts_name_in_project")
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def key_of_name(name: str) -> str:
        """Return the `name_key` under which a prompt of this name is stored."""
        return key_of(name)


class PromptVersion(models.Model):
    """One state of a prompt; its content never changes, only its labels move."""

    id = models.TextField(primary_key=True, default=new_id, editable=False)
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="versions")
    version = models.IntegerField()
    content = models.JSONField()
    """A string for a text prompt, a list of messages and placeholders for a chat prompt."""
    config = models.JSONField(default=dict, blank=True)
    commit_message = models.TextField(null=True, blank=True)
    created_by = models.TextField(default="API")
    """The id of a user, or "API" where a key created it."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    """Moves with the version's labels."""

    class Meta:
        db_table = "prompt_versions"
        constraints = [models.UniqueConstraint(fields=["prompt", "version"], name="prompt_versions_number")]

    def __str__(self) -> str:
        return f"{self.prompt.name} version {self.version}"


class PromptLabel(models.Model):
    """A name for one version of a prompt; it moves when another version takes it."""

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="labels")
    label = models.TextField()
    version = models.ForeignKey(PromptVersion, models.CASCADE, related_name="labels")

    class Meta:
        db_table = "prompt_labels"
        constraints = [models.UniqueConstraint(fields=["prompt", "label"], name="prompt_labels_once")]

    def __str__(self) -> str:
        return self.label


class PromptDependency(models.Model):
    """A tag in a version's content: another text prompt of the project, by number or by label."""

    version = models.ForeignKey(PromptVersion, models.CASCADE, related_name="dependencies")
    project = models.ForeignKey("accounts.Project", models.CASCADE, related_name="+", db_index=False)
    name = models.TextField()
    name_key = models.TextField(editable=False)
    number = models.IntegerField(null=True)
    label = models.TextField(null=True)

    class Meta:
        db_table = "prompt_dependencies"
        indexes = [models.Index(fields=["project", "name_key"], name="prompt_dependencies_of_name")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__isnull=False, label__isnull=True)
                | models.Q(number__isnull=True, label__isnull=False),
                name="prompt_dependencies_one_selector",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.label or self.number})"
