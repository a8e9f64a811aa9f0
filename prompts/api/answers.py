"""What was served in; the fetch counted, and whether the client has it already, out."""

from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags

from accounts.access import Access
from prompts.fetches import Fetch, note_fetch, sdk_text
from prompts.serving import Served, Wanted


def count(served: Served, wanted: Wanted, access: Access, meta: Mapping[str, Any]) -> None:
    """Count a fetch by what the request, as WSGI has it, tells of its SDK."""
    note_fetch(
        Fetch(
            wanted.project_id,
            served.version_id,
            wanted.label or "",
            access.api_key_id,
            sdk_text(meta.get("HTTP_X_LANGFUSE_SDK_NAME")),
            sdk_text(meta.get("HTTP_X_LANGFUSE_SDK_VERSION")),
        )
    )


def is_known_to(meta: Mapping[str, Any], served: Served) -> bool:
    """Say whether `If-None-Match` names the entity; what proxies compressed on the way has a weak tag."""
    header = meta.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return False
    tags = {tag.removeprefix("W/") for tag in parse_etags(header)}
    return header.strip() == "*" or served.etag in tags
