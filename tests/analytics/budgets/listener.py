"""A web server of a test's own on loopback: it keeps what is posted to it and answers as it is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(slots=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Listener:
    """`answers` are given in turn, the last one again and again."""

    url: str
    answers: list[int] = field(default_factory=lambda: [200])
    location: str = ""
    received: list[Received] = field(default_factory=list)


@contextmanager
def listening(*answers: int, location: str = "") -> Iterator[Listener]:
    listener = Listener("", list(answers) or [200], location)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.received.append(Received(self.path, dict(self.headers), body))
            self.send_response(listener.answers.pop(0) if len(listener.answers) > 1 else listener.answers[0])
            if listener.location:
                self.send_header("Location", listener.location)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield listener
        finally:
            server.shutdown()
