"""An address that somebody typed and a body in, the answer of that server out: never one inside our own network.

The name is looked up once, every address that it stands for is checked, and the connection is made to one of those
that were checked; redirects are not followed, proxies of the environment not asked.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_ANSWER = 2_000
"""Bytes that are read of an answer."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """The body was not delivered; the message says why."""


class Forbidden(Unreachable):
    """The address leads where we may not send anything."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads."""

    secure: bool
    host: str
    port: int
    path: str
    header: str
    """The value of the `Host` header."""


def place_of(url: str) -> Place:
    """Return where a URL leads; raise Unreachable for one that is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna").decode() if not _is_address(parts.hostname) else ""
    except (ValueError, UnicodeError):
        raise Unreachable("This is not an address like https://example.com/path") from None
    host = host or (parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise Unreachable("This is not an address like https://example.com/path")
    if parts.username or parts.password:
        raise Unreachable("An address with a user name or password is not taken")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Unreachable("The path may hold ASCII characters only; others are written as %…")
    shown = f"[{host}]" if ":" in host else host
    header = shown if parts.port is None else f"{shown}:{port}"
    return Place(parts.scheme == "https", host, port, path, header)


def addresses_of(place: Place, *, allow_private: bool) -> list[str]:
    """Look a place up; raise Forbidden where any of its addresses is not public."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"{place.host} is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private and not all(is_public(address) for address in addresses):
        raise Forbidden(f"{place.host} is inside a private network, where this server sends nothing")
    return addresses


def is_public(address: str) -> bool:
    """Say whether an address is one of the public Internet, also in the forms of IPv6 that stand for IPv4."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], timeout: float, allow_private: bool = False
) -> int:
    """Send the body; return the status of the answer. Raises Unreachable."""
    place = place_of(url)
    addresses = addresses_of(place, allow_private=allow_private)
    connection = _Pinned(place, addresses[0], timeout)
    cut = threading.Timer(2 * timeout, connection.cut)
    cut.daemon = True
    cut.start()
    try:
        connection.putrequest("POST", place.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {
            "Host": place.header,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **headers,
        }.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read(MAX_ANSWER)
        if connection.was_cut:
            raise TimeoutError
        return answer.status
    except TimeoutError:
        raise Unreachable(f"{place.host} did not answer within {timeout:g} seconds") from None
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{place.host}: {error or type(error).__name__}") from None
    finally:
        cut.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, with the certificate of the name that it was found under."""

    def __init__(self, place: Place, address: str, timeout: float) -> None:
        super().__init__(address, place.port, timeout=timeout)
        self._place = place
        self.was_cut = False

    def connect(self) -> None:
        super().connect()
        if self._place.secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._place.host)

    def cut(self) -> None:
        """End it whatever is under way: a server that answers byte by byte would never run into a timeout."""
        self.was_cut = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _is_address(host: str | None) -> bool:
    try:
        ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return False
    return True
