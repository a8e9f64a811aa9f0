"""Media in inputs: bytes, a data URI and the same file twice."""

import base64
import json
import sys

from langfuse import get_client
from langfuse.media import LangfuseMedia

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NOTE = b"a note of this run: " + sys.argv[1].encode()

langfuse = get_client()
image = LangfuseMedia(content_bytes=PIXEL, content_type="image/png")
with (
    langfuse.start_as_current_observation(name="media", input={"image": image}) as root,
    langfuse.start_as_current_observation(
        name="read",
        as_type="tool",
        input=["see", "data:text/plain;base64," + base64.b64encode(NOTE).decode()],
        metadata={"again": LangfuseMedia(content_bytes=NOTE, content_type="text/plain")},
    ) as read,
):
    read.update(output=image)
langfuse.flush()
print(json.dumps({"trace": root.trace_id}))
