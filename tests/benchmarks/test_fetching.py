"""The benchmark's fetches: every answer counted, a wrong one told."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.fetching import Fetching, FetchJob

BODY = b"x" * 300_000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = {"/known": 304, "/missing": 404}.get(self.path, 200)
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if status != 304:
            self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield int(server.server_address[1])
        server.shutdown()


def job(port: int, path: str, status: int = 200) -> FetchJob:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    return FetchJob(
        host="127.0.0.1", port=port, requests=[request], connections=3, seconds=0.2, status=status
    )


@pytest.mark.parametrize(("path", "status", "least"), [("/", 200, len(BODY)), ("/known", 304, 1)])
def test_answers_are_counted(port: int, path: str, status: int, least: int) -> None:
    found = Fetching(job(port, path, status)).run()
    assert found.failure == "" and len(found.latencies) >= 3
    assert found.bytes_received >= least * len(found.latencies)
    assert min(found.latencies) > 0 and found.ended > found.started


def test_a_wrong_answer_ends_it(port: int) -> None:
    assert "404" in Fetching(job(port, "/missing")).run().failure
