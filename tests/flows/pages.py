"""A running installation and somebody's credentials in, its pages out, opened and submitted as a browser does it."""

import http.cookiejar
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
OWNER = {"LANGFUSE_INIT_USER_EMAIL": "owner@example.com", "LANGFUSE_INIT_USER_PASSWORD": "correct horse 42"}
"""Settings of an installation whose project has an owner who can sign in."""


def _new_browser() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who looks at the pages of `host`, with cookies of their own."""

    host: str
    browser: OpenerDirector = field(default_factory=_new_browser)

    def open(self, path: str) -> str:
        with self.browser.open(self.host + path, timeout=30) as response:
            return str(response.read().decode())

    def submit(self, path: str, fields: dict[str, str], *, to: str = "") -> str:
        """Open a page and post its form, or the one whose action is `to`; return the page that this leads to."""
        token = TOKEN.search(self.open(path))
        assert token is not None, path
        content = urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        request = Request(self.host + (to or path), content, {"Referer": self.host + path})
        with self.browser.open(request, timeout=30) as response:
            return str(response.read().decode())


def signed_in(host: str, email: str, password: str) -> Visitor:
    """Return a visitor who has signed in."""
    visitor = Visitor(host)
    visitor.submit("/auth/sign-in", {"login": email, "password": password})
    return visitor


def owner_of(host: str) -> Visitor:
    """Return the signed-in owner of an installation that was started with OWNER."""
    return signed_in(host, *OWNER.values())
