"""The programs in, the bodies that the real SDKs send to ingestion, to OTLP and to scores out.

`python -m tests.sdk.recorder` rewrites `wire/*.json` and `wire/otel/*.json`. It answers as much of the API
as keeps the programs going and stores nothing.
"""

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.sdk.exports import readable, spans
from tests.sdk.openai_standin import openai_standin
from tests.sdk.running import Target, run_javascript, run_opentelemetry, run_python

WIRE = Path(__file__).parent / "wire"
PYTHON_PROGRAMS = (
    "decorators",
    "openai_dropin",
    "langchain_chain",
    "llama_index_query",
    "low_level",
    "prompts",
)
EXPORTED: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "python3": (partial(run_python, sdk="langfuse3"), ("python3/observations",)),
    "python4": (partial(run_python, sdk="langfuse4"), ("python/observations",)),
    "python5": (partial(run_python, sdk="langfuse5"), ("python/observations",)),
    "javascript5": (partial(run_javascript, sdk="langfuse5"), ("langfuse4_main", "langfuse5")),
    "conventions": (run_opentelemetry, ("conventions",)),
}
"""Of each recording of OpenTelemetry exports: what runs the program, its name and its arguments."""
STACK_TRACE = "exception.stacktrace"


@contextmanager
def recorder() -> Iterator[tuple[str, list[Any]]]:
    """Serve until the block is left; yield the host and the list that ingestion bodies are appended to.

    OpenTelemetry exports go to the same list, in their JSON form.
    """
    bodies: list[Any] = []
    handler = type("Handler", (_Handler,), {"bodies": bodies, "prompts": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bodies: list[Any]
    prompts: dict[str, list[dict[str, Any]]]

    def do_POST(self) -> None:
        content = self._content()
        if self.path.endswith("/v1/traces"):
            self.bodies.append(readable(content, self.headers))
            self._send(200, {})
            return
        body = json.loads(content)
        if self.path.endswith("/ingestion"):
            self.bodies.append(body)
            successes = [{"id": event["id"], "status": 201} for event in body["batch"]]
            self._send(207, {"successes": successes, "errors": []})
        elif self.path.endswith("/v2/prompts"):
            self._send(201, self._create_prompt(body))
        elif self.path.endswith("/scores"):
            self.bodies.append(body)
            self._send(202, {"message": "Accepted"})
        else:
            self._send(201, {"mediaId": body["sha256Hash"][:22], "uploadUrl": None})

    def do_PATCH(self) -> None:
        body = json.loads(self._content())
        name, version = re.findall(r"prompts/(.*)/versions/(\d+)", unquote(self.path))[0]
        prompt = self.prompts[name][int(version) - 1]
        prompt["labels"] += body["newLabels"]
        self._send(200, prompt)

    def do_GET(self) -> None:
        path, _, query = unquote(self.path).partition("?")
        versions = self.prompts.get(path.partition("/v2/prompts/")[2], [])
        number = re.search(r"version=(\d+)", query)
        if path.endswith("/projects"):
            organization = {"id": "recorded", "name": "recorded"}
            project = {"id": "recorded", "name": "recorded", "organization": organization, "metadata": {}}
            self._send(200, {"data": [project]})
        elif not versions:
            self._send(404, {"message": "Prompt not found", "error": "LangfuseNotFoundError"})
        else:
            self._send(200, versions[int(number[1]) - 1 if number else -1])

    def _content(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _create_prompt(self, body: dict[str, Any]) -> dict[str, Any]:
        versions = self.prompts.setdefault(body["name"], [])
        defaults = {"type": "text", "config": {}, "labels": [], "tags": [], "version": len(versions) + 1}
        prompt = {**defaults, **{key: value for key, value in body.items() if value is not None}}
        versions.append(prompt)
        return prompt

    def _send(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal clean."""


def record() -> None:
    """Run the programs and write what each sent."""
    runs = [(name, run_python) for name in PYTHON_PROGRAMS] + [("langfuse3_main", run_javascript)]
    with openai_standin() as openai:
        for name, run in runs:
            with recorder() as (host, bodies):
                run(name, Target(host, "pk-lf-recorded", "sk-lf-recorded", openai))
            _write(name, bodies, host)
        for name, (run_program, (program, *arguments)) in EXPORTED.items():
            with recorder() as (host, bodies):
                target = Target(host, "pk-lf-recorded", "sk-lf-recorded", openai)
                run_program(program, target, *arguments)
            _write_exports(name, [body for body in bodies if "resourceSpans" in body])


def _write_exports(name: str, exports: list[Any]) -> None:
    """Write exports with a line for each span, without what names files of the machine."""
    for _, span in spans(exports):
        for event in span.get("events", []):
            event["attributes"] = [a for a in event["attributes"] if a["key"] != STACK_TRACE]
    text = json.dumps(exports, ensure_ascii=False, separators=(",", ":"))
    (WIRE / "otel").mkdir(exist_ok=True)
    lines = re.sub('unknown_service:[^"]*', "unknown_service", text).replace('{"traceId"', '\n{"traceId"')
    (WIRE / "otel" / f"{name}.json").write_text(lines + "\n", encoding="utf-8")
    sys.stdout.write(f"{name}: {len(spans(exports))} spans\n")


def _write(name: str, bodies: list[Any], host: str) -> None:
    text = json.dumps(bodies, indent=1, ensure_ascii=False, sort_keys=True)
    (WIRE / f"{name}.json").write_text(text.replace(host, "http://localhost") + "\n", encoding="utf-8")
    sys.stdout.write(f"{name}: {sum(len(body['batch']) for body in bodies)} events\n")


if __name__ == "__main__":
    record()
