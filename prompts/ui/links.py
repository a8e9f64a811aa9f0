"""A prompt's name in; addresses of its pages and of the folders that it lies in out."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.http import urlencode

from langfuse_site.lib.ids import key_of

DOTS = {".", ".."}
MAX_IN_PATH = 1_000
"""Bytes of a name in an address; what is longer is found by its key."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page of a prompt is; a form with method GET repeats `query` in hidden fields."""

    path: str
    query: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def to(self, **query: object) -> str:
        """Return the address with these parameters; those that are None or '' are left out."""
        given = {name.rstrip("_"): str(value) for name, value in query.items() if value not in (None, "")}
        return str(Address(self.path, {**self.query, **given}))


def prompt_address(project_id: str, name: str) -> Address:
    """Return the address of a prompt's page."""
    if len(name.encode()) > MAX_IN_PATH or not DOTS.isdisjoint(name.split("/")):
        return Address(reverse("prompt_by_key", args=[project_id]), _selector(name))
    return Address(reverse("prompt", args=[project_id, name]))


def text_address(project_id: str, name: str) -> Address:
    """Return the address of what a version of a prompt consists of, as plain text."""
    return Address(reverse("prompt_text", args=[project_id]), _selector(name))


def folder_of(name: str) -> str:
    """Return the folder that a prompt lies in; '' is the outermost."""
    return name.rpartition("/")[0]


def _selector(name: str) -> dict[str, str]:
    return {"key": key_of(name)}
