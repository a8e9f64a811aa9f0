"""The two handlers of the web server: the public API has none of what is for browsers, pages have all of it."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.live import LiveServer


def headers(server: LiveServer, path: str, **more: str) -> tuple[int, dict[str, str]]:
    connection = HTTPConnection(urlsplit(server.host).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=more)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def test_the_public_api_is_for_programs(server: LiveServer) -> None:
    for path in ("/api/public/health", "//api/public/health"):
        status, found = headers(server, path, Origin="https://app.example.com")
        assert status == 200
        assert found["access-control-allow-origin"] == "https://app.example.com"
        assert found["x-content-type-options"] == "nosniff"
        assert not {"content-security-policy", "set-cookie", "x-frame-options"} & found.keys()


def test_pages_are_for_people(server: LiveServer) -> None:
    status, found = headers(server, "/auth/sign-in")
    assert status == 200
    assert {"content-security-policy", "set-cookie", "x-frame-options"} <= found.keys()


def test_the_documents_of_the_api_are_pages(server: LiveServer) -> None:
    status, found = headers(server, "/api/docs")
    assert status == 200
    assert "content-security-policy" in found
