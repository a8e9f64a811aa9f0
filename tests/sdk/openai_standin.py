"""Requests of an OpenAI client in, answers that depend on nothing but the request out, on loopback."""

import base64
import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SNAPSHOTS = {"gpt-4o": "gpt-4o-2024-08-06", "gpt-4o-mini": "gpt-4o-mini-2024-07-18"}
"""What OpenAI reports as the model that served a request for an alias."""
CACHED_TOKENS = 2
DIMENSIONS = 8
MISSING_MODEL = "gpt-none"
BUSY_MODEL = "gpt-busy"

Json = dict[str, Any]


def answer_to(messages: list[Json]) -> str:
    """Return the text of the answer to these messages."""
    return f"Answer to: {_text(messages[-1])}"


def usage_of(messages: list[Json], answer: str) -> Json:
    """Return the usage in OpenAI's form: a token a word, and two cached ones."""
    prompt = sum(len(_text(message).split()) for message in messages) + CACHED_TOKENS
    completion = len(answer.split())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


@contextmanager
def openai_standin() -> Iterator[str]:
    """Serve until the block is left; yield the base URL for `OPENAI_BASE_URL`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["model"] == MISSING_MODEL:
            self._send_error(404, f"The model `{MISSING_MODEL}` does not exist", "model_not_found")
        elif body["model"] == BUSY_MODEL:
            self._send_error(429, "Rate limit reached", "rate_limit_exceeded")
        elif self.path.endswith("/embeddings"):
            self._send_json(200, _embeddings(body))
        elif body.get("stream"):
            self._send_events(_chunks(body))
        else:
            self._send_json(200, _completion(body))

    def _send_json(self, status: int, body: Json) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_events(self, chunks: Iterator[Json]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _send_error(self, status: int, message: str, code: str) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        self._send_json(status, {"error": error})

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test run's output clean."""


def _completion(body: Json) -> Json:
    message, finish = _message(body)
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    usage = usage_of(body["messages"], message["content"] or "call")
    return {**_envelope(body, "chat.completion"), "choices": [choice], "usage": usage}


def _message(body: Json) -> tuple[Json, str]:
    tools = body.get("tools")
    if not tools or body["messages"][-1]["role"] == "tool":
        return {"role": "assistant", "content": answer_to(body["messages"])}, "stop"
    function = {"name": tools[0]["function"]["name"], "arguments": '{"city": "Paris"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"


def _chunks(body: Json) -> Iterator[Json]:
    envelope = _envelope(body, "chat.completion.chunk")
    answer = answer_to(body["messages"])
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word if n == 0 else f" {word}"} for n, word in enumerate(answer.split())]
    for delta in deltas:
        yield {**envelope, "choices": [{"index": 0, "delta": delta, "finish_reason": None}], "usage": None}
    yield {**envelope, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None}
    if (body.get("stream_options") or {}).get("include_usage"):
        yield {**envelope, "choices": [], "usage": usage_of(body["messages"], answer)}


def _envelope(body: Json, kind: str) -> Json:
    digest = hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()
    model = SNAPSHOTS.get(body["model"], body["model"])
    return {"id": f"chatcmpl-{digest[:24]}", "object": kind, "created": 1_700_000_000, "model": model}


def _embeddings(body: Json) -> Json:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [
        {"object": "embedding", "index": n, "embedding": _vector(str(text), body.get("encoding_format"))}
        for n, text in enumerate(texts)
    ]
    tokens = sum(len(str(text).split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def _vector(text: str, form: str | None) -> list[float] | str:
    numbers = [byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:DIMENSIONS]]
    if form != "base64":
        return numbers
    return base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *numbers)).decode()


def _text(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)
