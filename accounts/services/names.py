"""A name that somebody typed in, the name as it is kept out."""

import re

from langfuse_site.lib.errors import InvalidData, issue

MAX_NAME = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def clean_name(name: object, *, field: str = "name") -> str:
    """Return the name without space around it; raise InvalidData for one that can't be shown."""
    if not isinstance(name, str):
        raise InvalidData([issue([field], "Expected string", code="invalid_type")])
    name = name.strip()
    if not name:
        raise InvalidData([issue([field], "A name is required", code="too_small")])
    if len(name) > MAX_NAME:
        raise InvalidData([issue([field], f"At most {MAX_NAME} characters", code="too_big")])
    if CONTROL.search(name):
        raise InvalidData([issue([field], "A name can't hold control characters")])
    return name
