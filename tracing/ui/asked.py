"""The query string of the list of traces in; what it asks for, and how people say that, out."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest

from tracing.queries.narrowing import Asked

TEXTS = tuple(name for name in Asked.__struct_fields__ if name not in {"start", "end"})
SAID = {
    "name": "named",
    "without": "without a",
    "user": "of user",
    "session": "in session",
    "environment": "in environment",
    "tag": "tagged",
    "errors": "with",
    "level": "with a step of level",
    "model": "that used model",
    "prompt": "that used prompt",
    "prompt_version": "version",
    "type": "with a step of type",
    "step": "with a step named",
    "score": "with a score",
}
"""What people read before each text."""


def read_asked(request: HttpRequest) -> tuple[Asked, dict[str, str]]:
    """Return what is asked for, and the part of the query string that says so."""
    given = {name: request.GET.get(name, "").replace("\x00", "") for name in (*TEXTS, "from", "to")}
    given = {name: text for name, text in given.items() if text}
    texts = {name: given[name] for name in TEXTS if name in given}
    return Asked(start=_moment(given.get("from")), end=_moment(given.get("to")), **texts), given


def say(given: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return for each filter what it says, its text, and the query string without it."""
    said = []
    for name in TEXTS:
        if name in given:
            rest = {other: text for other, text in given.items() if other != name}
            text = "errors" if name == "errors" else given[name]
            said.append((SAID[name], text, f"?{urlencode(rest)}"))
    return said


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Http404("No such time") from None
