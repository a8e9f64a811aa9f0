"""Short words for what tests of the admin of prompts do as people."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from prompts.models import Prompt, PromptVersion
from tests.prompts.making import make_version

CHAT = [
    {"role": "system", "content": "Answer in {{language}}"},
    {"type": "placeholder", "name": "history"},
    {"role": "user", "content": "{{question}}"},
]


def visit(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(page: str, prompt: Prompt, /, **query: object) -> str:
    address = reverse(f"admin:prompts_prompt_{page}", args=[prompt.pk])
    return address + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def text(answer: HttpResponse | Any) -> str:
    content: str = answer.content.decode()
    return content


def errors(answer: Any, form: str = "form") -> dict[str, list[str]]:
    return {field: list(told) for field, told in answer.context[form].errors.items()}


def draft(version: PromptVersion, **changes: Any) -> dict[str, Any]:
    """Return what the editor sends that was opened on a text version."""
    sent = {"base": version.version, "latest": version.version, "text": version.content}
    return {**sent, "config": "{}", "tags": ""} | changes


def rows(*messages: tuple[str, str, str, str]) -> dict[str, list[str]]:
    """Return the fields of a chat: kind, role, content and name of each row."""
    names = ("message_kind", "message_role", "message_content", "message_name")
    return {name: [message[index] for message in messages] for index, name in enumerate(names)}


__all__ = ["CHAT", "draft", "errors", "make_version", "rows", "text", "url", "visit"]
