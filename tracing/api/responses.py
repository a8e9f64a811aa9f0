"""Wire shapes in, JSON responses out."""

from typing import Any

import orjson
from django.http import HttpResponse


def json_response(body: Any, *, status: int = 200) -> HttpResponse:
    """Return the body as JSON; `orjson.Fragment`s in it go out as they are."""
    return HttpResponse(orjson.dumps(body), content_type="application/json", status=status)
