"""Media in inputs: bytes, a data URI and the same file twice; read back by reference."""

import base64
import hashlib
import json
import sys
import time

from langfuse import Langfuse
from langfuse.api.resources.commons.errors.not_found_error import NotFoundError
from langfuse.media import LangfuseMedia

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NOTE = b"a note of this run: " + sys.argv[1].encode()

langfuse = Langfuse()
trace = langfuse.trace(
    name="media", input={"image": LangfuseMedia(content_bytes=PIXEL, content_type="image/png")}
)
span = trace.span(
    name="read",
    input=["see", "data:text/plain;base64," + base64.b64encode(NOTE).decode()],
    metadata={"again": LangfuseMedia(content_bytes=NOTE, content_type="text/plain")},
)
span.end(output=LangfuseMedia(content_bytes=PIXEL, content_type="image/png"))
langfuse.flush()


def shown() -> dict[str, object]:
    """Return the trace's input, as soon as it can be read, with the bytes in place of the reference."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            found = langfuse.fetch_trace(trace.id).data.input
            return langfuse.resolve_media_references(obj=found, resolve_with="base64_data_uri")
        except NotFoundError:
            time.sleep(0.05)
    raise TimeoutError(f"trace {trace.id} is not visible")


note_id = base64.urlsafe_b64encode(hashlib.sha256(NOTE).digest()).decode()[:22]
note = langfuse.fetch_media(note_id).data
print(
    json.dumps(
        {
            "trace": trace.id,
            "span": span.id,
            "resolved": shown(),
            "fetched": {"type": note.content_type, "length": note.content_length},
        }
    )
)
