"""A folder in, a Python environment with pip in it out; the standard library is all it needs.

Debian's python3 comes without ensurepip. Then the wheel of one pip version, named below by its digest, is
fetched from the package index that pip itself would use.
"""

import configparser
import hashlib
import html.parser
import importlib.util
import os
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from pathlib import Path

PIP_WHEEL = "pip-26.1-py3-none-any.whl"
PIP_SHA256 = "4e8486d821d814b77319acb7b9e8bf5a4ee7590a643e7cb21029f209be8573c1"
TIMEOUT_SECONDS = 60


def main(folder: Path) -> int:
    """Make the environment; one line on stderr where that fails."""
    try:
        make(folder)
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"error: the Python environment could not be made: {error}\n")
        return 1
    return 0


def make(folder: Path) -> None:
    if _has_pip(folder):
        return
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    venv.create(folder, with_pip=has_ensurepip, clear=True, symlinks=True)
    if has_ensurepip:
        return
    with tempfile.TemporaryDirectory() as scratch:
        wheel = fetch_pip(Path(scratch))
        subprocess.run(
            [folder / "bin" / "python", wheel / "pip", "install", "--quiet", "--no-index", wheel], check=True
        )


def _has_pip(folder: Path) -> bool:
    """Tell whether the folder holds a working environment, made by whomever."""
    python = folder / "bin" / "python"
    recent = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return (
        python.exists()
        and not subprocess.run([python, "-c", recent], capture_output=True, check=False).returncode
    )


def fetch_pip(scratch: Path) -> Path:
    """Fetch pip's wheel from the index and return its path; refuse any other content."""
    page = f"{index_url().rstrip('/')}/pip/"
    links = LinkParser()
    links.feed(_read(page).decode())
    for link in links.found:
        if urllib.parse.urlsplit(link).path.endswith(f"/{PIP_WHEEL}"):
            content = _read(urllib.parse.urljoin(page, link))
            break
    else:
        raise LookupError(f"the package index has no {PIP_WHEEL}; install python3-venv")
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        raise LookupError(f"{PIP_WHEEL} is not what it should be")
    wheel = scratch / PIP_WHEEL
    wheel.write_bytes(content)
    return wheel


def index_url() -> str:
    """Return the index that pip would ask: from its environment variable, else its files, else PyPI."""
    return pip_option("index-url") or "https://pypi.org/simple"


def pip_option(name: str) -> str:
    """Return one of pip's options as its environment variable or configuration files have it, else nothing."""
    if value := os.environ.get(f"PIP_{name.upper().replace('-', '_')}"):
        return value
    home = Path.home()
    config_home = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [config_home / "pip" / "pip.conf", home / ".pip" / "pip.conf", Path("/etc/pip.conf")]
    for file in (Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)), *files):
        config = configparser.RawConfigParser()
        config.read(file)
        if value := config.get("global", name, fallback=""):
            return value
    return ""


class LinkParser(html.parser.HTMLParser):
    """Collects the addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _read(url: str) -> bytes:
    if not re.match(r"https?://", url):
        raise LookupError(f"{url} is no web address")
    trust = ssl.create_default_context(cafile=pip_option("cert") or None)
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS, context=trust) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
