"""Addresses that somebody typed in, where a server may send to out."""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server
from threading import Event, Thread

import pytest

from langfuse_site.lib.outbound import Forbidden, Unreachable, addresses_of, is_public, place_of, post
from tests.analytics.budgets.listener import listening


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::", "::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com", "ftp://example.com", "http://", "https://:443", "http://[::1", "http://a b/"),
        *(
            "http://user:pw@example.com/",
            "http://example.com:99999/",
            "http://example.com/\r\nX: y",
            "file:///x",
        ),
        *("http://example.com/ü", "javascript:alert(1)"),
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(Unreachable):
        place_of(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1", "169.254.169.254"]
)
def test_nothing_is_sent_inside(host: str) -> None:
    with pytest.raises(Unreachable):
        addresses_of(place_of(f"http://{host}/"), allow_private=False)


def test_a_listener_inside_gets_nothing_unless_that_is_allowed() -> None:
    with listening() as listener:
        with pytest.raises(Forbidden):
            post(listener.url, b"{}", headers={}, timeout=2)
        assert listener.received == []
        assert post(listener.url, b"{}", headers={"X-A": "b"}, timeout=2, allow_private=True) == 200
        assert [(one.path, one.headers["X-A"], one.body) for one in listener.received] == [
            ("/hook?a=b", "b", b"{}")
        ]


def test_a_redirect_is_not_followed() -> None:
    with listening() as inner, listening(307, location=inner.url) as outer:
        assert post(outer.url, b"{}", headers={}, timeout=2, allow_private=True) == 307
        assert inner.received == []


@contextmanager
def dripping() -> Iterator[str]:
    """Yield the address of a server that answers byte by byte, for ever."""
    ended = Event()
    with create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        ended.set()


def test_a_server_that_never_ends_is_cut_off() -> None:
    with dripping() as url, pytest.raises(Unreachable):
        post(url, b"{}", headers={}, timeout=0.3, allow_private=True)


def test_nobody_listens() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        post(f"http://127.0.0.1:{port}/", b"{}", headers={}, timeout=1, allow_private=True)
