"""An SMTP connection URL in, what sending e-mail needs to know out."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class SmtpServer:
    host: str
    port: int
    user: str
    password: str
    implicit_tls: bool
    start_tls: bool


def smtp_from_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:port`; `smtps://` and port 465 speak TLS from the start.

    Port 587 asks for TLS before the password is sent; on other ports a server inside the house may have none.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("SMTP_CONNECTION_URL must look like smtp://user:password@host:587")
    implicit_tls = parts.scheme == "smtps" or parts.port == 465
    port = parts.port or (465 if implicit_tls else 587)
    return SmtpServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        implicit_tls=implicit_tls,
        start_tls=not implicit_tls and port == 587,
    )
