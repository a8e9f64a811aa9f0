"""What people typed in, a version to be saved out, or what is wrong with each field; nothing typed is lost."""

import json
from typing import Any

from django import forms
from django.conf import settings

from accounts.api.parsers import decode_json, storable
from accounts.models import Project
from langfuse_site.lib.errors import ApiError, InvalidData
from prompts.admin.places import Place
from prompts.admin.rearranging import FIELDS
from prompts.content import Message, messages_of
from prompts.models import PromptVersion
from prompts.rules import rules_of
from prompts.wire import LATEST, MAX_COMMIT_MESSAGE, NewVersion, label_problem, read_new_version

MAX_TAGS = 50
MAX_REASON = 500
TYPES = (("text", "Text"), ("chat", "Chat"))

Rows = list[tuple[Message, str]]
"""The messages of a chat as they were typed, each with what is wrong with it."""


def split_names(text: str) -> list[str]:
    """Return the names in a list that is written with commas or line ends between them, each once."""
    names = (name.strip() for part in text.splitlines() for name in part.split(","))
    return list(dict.fromkeys(name for name in names if name))


def read_tags(text: str) -> list[str]:
    tags = split_names(text)
    if len(tags) > MAX_TAGS:
        raise forms.ValidationError(f"A prompt has at most {MAX_TAGS} tags, these are {len(tags)}")
    return tags


def opened(version: PromptVersion) -> dict[str, Any]:
    """Return what the fields of the editor hold when it opens on a version."""
    is_chat, messages = version.prompt.type == "chat", messages_of(version.content)
    return {
        "text": "" if is_chat else messages[0].content,
        "messages": messages if is_chat else [],
        "config": json.dumps(version.config, indent=2, sort_keys=True, ensure_ascii=False),
        "tags": ", ".join(version.prompt.tags),
    }


class DraftForm(forms.Form):
    """A version as it is typed. After `is_valid`, `new` is what the services take."""

    text = forms.CharField(required=False, strip=False)
    config = forms.CharField(required=False, strip=False)
    tags = forms.CharField(required=False)
    base = forms.IntegerField(required=False, min_value=0)
    latest = forms.IntegerField(required=False, min_value=0)

    new: NewVersion

    def __init__(self, *args: Any, prompt_name: str = "", prompt_type: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prompt_name, self.prompt_type = prompt_name, prompt_type
        self.message_errors: dict[int, str] = {}

    @classmethod
    def of_version(cls, version: PromptVersion, *, latest: int) -> "DraftForm":
        """Return the form as it opens on a version."""
        initial = {**opened(version), "base": version.version, "latest": latest}
        return cls(initial=initial, prompt_name=version.prompt.name, prompt_type=version.prompt.type)

    @property
    def kind(self) -> str:
        return self.prompt_type

    @property
    def rows(self) -> Rows:
        """The messages as typed, or as the form opened."""
        messages = enumerate(self.typed_messages())
        return [(message, self.message_errors.get(index, "")) for index, message in messages]

    def typed_messages(self) -> list[Message]:
        if not self.is_bound:
            opened: list[Message] = self.initial.get("messages", [])
            return opened
        columns = [self.data.getlist(name) for name in FIELDS]  # type: ignore[attr-defined]
        return [
            Message(kind, role.strip(), content.replace("\r\n", "\n"), name.strip())
            for kind, role, content, name in zip(*columns, strict=False)
        ]

    def typed_content(self) -> Any:
        """Return the content as it was typed, valid or not, or as the form opened."""
        if self.kind != "chat":
            text = self.data.get("text", "") if self.is_bound else self.initial.get("text", "")
            return storable(str(text).replace("\r\n", "\n"))
        return storable([_stored(message) for message in self.typed_messages()])

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_config(self) -> Any:
        text = str(self.cleaned_data["config"]).strip()
        try:
            json.loads(text or "{}")
            return decode_json(text.encode())
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                f"This is not JSON. Line {error.lineno}, column {error.colno}: {error.msg}"
            ) from None
        except (ApiError, ValueError, RecursionError):
            raise forms.ValidationError("This JSON has a number or a depth that can't be stored") from None

    def clean_tags(self) -> list[str]:
        return read_tags(str(self.cleaned_data["tags"]))

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = self.cleaned_data
        content = self.typed_content()
        size = len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
        if size > settings.MAX_BODY_BYTES:
            self.add_error(
                "text",
                f"The prompt has {size:,} bytes; at most {settings.MAX_BODY_BYTES:,} are stored and served",
            )
        elif not (content if self.kind == "chat" else content.strip()):
            self.add_error("text", "Write something: a prompt is not empty")
        else:
            self._read(content)
        return fields

    def _read(self, content: Any) -> None:
        fields = self.cleaned_data
        body = {
            "name": self.prompt_name or fields.get("name", ""),
            "type": self.kind,
            "prompt": content,
            "config": fields.get("config", {}),
            "tags": fields.get("tags", []),
        }
        try:
            self.new = read_new_version(body)
        except InvalidData as error:
            for one in error.issues:
                self._tell(one["path"], one["message"])
        except ApiError as error:
            self.add_error("text", error.message)

    def _tell(self, path: list[str | int], message: str) -> None:
        if path[:1] == ["prompt"] and len(path) > 1:
            self.message_errors[int(path[1])] = message
            self.add_error("text", f"Message {int(path[1]) + 1}: {message}")
        elif path[:1] == ["name"] and "name" in self.fields:
            if "name" not in self.errors:
                self.add_error("name", message)
        else:
            self.add_error("tags" if path[:1] == ["tags"] else "text", message)


class NewDraftForm(DraftForm):
    """The same for a prompt that does not exist yet."""

    project = forms.ChoiceField()
    name = forms.CharField(error_messages={"required": "Enter a name"})
    type = forms.ChoiceField(choices=TYPES)

    def __init__(self, *args: Any, projects: list[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.id, f"{one.organization.name} / {one.name}") for one in projects]
        self.fields["project"].choices = choices  # type: ignore[attr-defined]

    @property
    def kind(self) -> str:
        kind = self.data.get("type") if self.is_bound else self.initial.get("type")
        return "chat" if kind == "chat" else "text"


class LabelsField(forms.CharField):
    """Labels between commas or spaces."""

    def clean(self, value: Any) -> list[str]:
        labels = split_names(str(super().clean(value)).replace(" ", ","))
        for label in labels:
            check_label(label)
        return labels


def check_label(label: str) -> None:
    """Raise ValidationError for what can't be a label of people."""
    if label == LATEST:
        raise forms.ValidationError("Label 'latest' always is on the newest version, by itself")
    problem = label_problem(label)
    if problem:
        raise forms.ValidationError(f"'{label[:60]}': {problem}")


class SaveForm(forms.Form):
    """What is said of a new version when it is saved, and which labels it gets."""

    commit_message = forms.CharField(
        max_length=MAX_COMMIT_MESSAGE,
        error_messages={
            "required": "Say in a few words what you changed: your team reads it in the time line"
        },
    )
    labels = forms.MultipleChoiceField(required=False)
    more_labels = LabelsField(required=False, max_length=400)

    def __init__(self, *args: Any, known: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["labels"].choices = [(label, label) for label in known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = self.cleaned_data
        fields["all_labels"] = tuple(
            dict.fromkeys([*fields.get("labels", []), *fields.get("more_labels", [])])
        )
        return fields


class TagsForm(forms.Form):
    tags = forms.CharField(required=False, max_length=4_000)

    def clean_tags(self) -> list[str]:
        return read_tags(str(self.cleaned_data["tags"]))


class ReasonForm(forms.Form):
    """A label of a prompt and why it goes."""

    label = forms.CharField()
    reason = forms.CharField(required=False, max_length=MAX_REASON)


class MoveForm(ReasonForm):
    """A label, the version that gets it, and why."""

    label = forms.CharField(error_messages={"required": "Choose or write a label"})
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(
        max_length=MAX_REASON, error_messages={"required": "Say why: the history of the label keeps it"}
    )

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"])
        check_label(label)
        return label


class ProposeForm(MoveForm):
    """A version proposed for a label."""

    reason = forms.CharField(
        max_length=2_000, error_messages={"required": "Tell your reviewers what changes and why"}
    )


class ReviewForm(forms.Form):
    """What a reviewer says."""

    verdict = forms.ChoiceField(
        choices=(("approve", "Approve"), ("reject", "Reject"), ("comment", "Comment"))
    )
    text = forms.CharField(required=False, max_length=4_000)

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = self.cleaned_data
        if fields.get("verdict") in ("comment", "reject") and not fields.get("text"):
            told = "Write a comment" if fields["verdict"] == "comment" else "Say why you reject it"
            self.add_error("text", told)
        return fields


def known_labels(place: Place) -> list[str]:
    """Return the labels that one may choose for a version of the prompt, the most usual first."""
    held = set(place.prompt.labels.exclude(label=LATEST).values_list("label", flat=True))
    return sorted({"production", *held, *rules_of(place.project_id).protected}, key=_usual_first)


def _usual_first(label: str) -> tuple[bool, str]:
    return label != "production", label


def _stored(message: Message) -> dict[str, str]:
    if message.kind == "placeholder":
        return {"type": "placeholder", "name": message.name}
    return {"role": message.role, "content": message.content}
