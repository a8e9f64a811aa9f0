"""Prompts and versions in, the texts of their files out: what people read first stands first."""

from datetime import UTC, datetime
from typing import Any, Literal

from prompts.files import exact_json, exact_yaml
from prompts.files.documents import MoveDocument, PromptDocument, VersionDocument
from prompts.files.layout import PROMPT

Format = Literal["yaml", "json"]
FORMATS: tuple[Format, ...] = ("yaml", "json")


def prompt_file(document: PromptDocument, format: Format) -> tuple[str, str]:
    """Return name and text of the file of what a prompt's versions share."""
    fields = {
        "name": document.name,
        "type": document.type,
        "labels": dict(sorted(document.labels.items())) or None,
        "tags": list(document.tags or ()),
        "createdAt": _moment(document.created_at),
        "id": document.id,
        "history": [_move(move) for move in document.moves] or None,
    }
    return f"{PROMPT}.{format}", _written(fields, format)


def version_file(version: VersionDocument, format: Format) -> tuple[str, str]:
    """Return name and text of the file of a version."""
    fields = {
        "prompt": version.content,
        "config": None if version.config == {} else version.config,
        "commitMessage": version.commit_message,
        "createdAt": _moment(version.created_at),
        "createdBy": version.created_by,
        "id": version.id,
    }
    return f"v{version.number}.{format}", _written(fields, format)


def _written(fields: dict[str, Any], format: Format) -> str:
    said = _said(fields)
    return exact_yaml.dump(said) if format == "yaml" else exact_json.dump(said)


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _move(move: MoveDocument) -> dict[str, Any]:
    return _said(
        {
            "at": _moment(move.at),
            "label": move.label,
            "from": move.from_number,
            "to": move.to_number,
            "cause": move.cause,
            "reason": move.reason or None,
            "actor": move.actor,
            "user": move.user_id,
            "apiKey": move.api_key_id,
        }
    )


def _moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
