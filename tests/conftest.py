"""What every test stands on: a PostgreSQL server of the run's own, Django set up against it.

pytest-xdist's workers inherit the environment of the process that collects, and with it the server.
TEST_POSTGRES_BINARIES names the folder of another server's programs than the embedded one's.
"""

import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest
from hypothesis import HealthCheck, settings

from langfuse_site.lib.embedded_postgres import EmbeddedPostgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langfuse_site.settings")
os.environ.setdefault("NEXTAUTH_SECRET", "a secret for tests, of more than thirty-two characters")
os.environ.setdefault("SALT", "a salt for tests")
os.environ.setdefault("NEXTAUTH_URL", "http://localhost:3000")
os.environ.setdefault("HASHED_STATIC_FILES", "false")
# Other tests collect static files while whitenoise, in a new client of this process, would look through them.
os.environ.setdefault("STATIC_ROOT", str(Path(tempfile.gettempdir()) / "no-static-files"))
pytest_plugins = ["tests.cast", "tests.live"]
# How long an example takes is the machine's affair.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def _start_server() -> EmbeddedPostgres:
    folder = Path(tempfile.mkdtemp(prefix="lf-tests-"))
    folder.chmod(0o711)
    binaries = os.environ.get("TEST_POSTGRES_BINARIES")
    server = EmbeddedPostgres(
        folder,
        say=print,
        # Tests kill servers of their own; this one may forget everything when the machine stops.
        settings={"fsync": "off", "max_connections": "100"},
        binaries=Path(binaries) if binaries else None,
    )
    server.start()
    os.environ["DATABASE_URL"] = server.url
    os.environ.setdefault("DATA_DIR", str(folder))
    return server


_server = None if "DATABASE_URL" in os.environ else _start_server()
django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this run has started."""
    if _server is None:
        return
    _server.stop()
    shutil.rmtree(_server.home.parent)
