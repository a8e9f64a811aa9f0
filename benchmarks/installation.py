"""Nothing in, an installation of its own as `make up` starts it out: its keys, its processes, its database."""

import base64
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from langfuse_site.lib.processes import spawn, stop
from langfuse_site.up.commands import processes
from langfuse_site.up.folder import child_environment

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 180.0
OF_OTHER_SERVERS = ("DATABASE_URL", "REDIS_URL", "ADMIN_API_KEY", "DATABASE_POOL_SIZE", "WORKERS")
"""What of the caller's environment would make another installation of it than `make up` without any."""


class Api:
    """One kept-alive connection to the public API, as the owner of a key."""

    def __init__(self, port: int, authorization: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Authorization": authorization, "Content-Type": "application/json"}

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        """Return status and body of a GET below `/api/public/`."""
        return self._ask("GET", f"{quote(path)}?{urlencode(query)}" if query else quote(path), None)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self._ask("POST", quote(path), json.dumps(body))

    def entity_tag(self, path: str) -> str:
        """Return the entity tag of a GET below `/api/public/`."""
        self._connection.request("GET", f"/api/public/{quote(path)}", None, self._headers)
        response = self._connection.getresponse()
        response.read()
        return response.headers["ETag"]

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, target: str, body: str | None) -> tuple[int, Any]:
        self._connection.request(method, f"/api/public/{target}", body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content else None


class Installation:
    """What runs in `folder`, with one project and its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.project_id = f"benchmark-{secrets.token_hex(4)}"
        public_key, secret_key = f"pk-lf-{secrets.token_hex(8)}", f"sk-lf-{secrets.token_hex(8)}"
        self.authorization = f"Basic {base64.b64encode(f'{public_key}:{secret_key}'.encode()).decode()}"
        self._given = {
            **{name: value for name, value in os.environ.items() if name not in OF_OTHER_SERVERS},
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "OTLP_GRPC_PORT": "0",
            "NEXTAUTH_URL": f"http://localhost:{self.port}",
            "LANGFUSE_INIT_ORG_ID": "benchmark",
            "LANGFUSE_INIT_PROJECT_ID": self.project_id,
            "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": public_key,
            "LANGFUSE_INIT_PROJECT_SECRET_KEY": secret_key,
        }
        self.process = self._start()

    @property
    def pid(self) -> int:
        """Return the supervisor, below which everything runs."""
        return self.process.pid

    @property
    def database_url(self) -> str:
        return (self.folder / "database-url").read_text(encoding="utf-8").strip()

    def api(self) -> Api:
        return Api(self.port, self.authorization)

    def environment(self) -> dict[str, str]:
        """Return what the installation's own processes are given."""
        made = child_environment(self.folder, port=self.port, database_url=self.database_url)
        ours = {name: value for name, value in made.items() if name not in OF_OTHER_SERVERS}
        return ours | self._given | {"DATABASE_URL": self.database_url}

    def wait_until_ready(self) -> None:
        """Wait until the API says that everything works; raise with the log where it never does."""
        until = time.monotonic() + START_SECONDS
        while not _is_ready(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(
                    f"the installation did not start:\n{self._log().read_text(errors='replace')}"
                )
            time.sleep(0.1)

    @contextmanager
    def second_web_server(self, changes: Mapping[str, str]) -> Iterator[int]:
        """Run one more web server, in an environment with these changes; yield its port."""
        port = free_port()
        child = processes(self.folder, {**self.environment(), **changes}, host=HOST, port=port)[0]
        child.launch()
        try:
            until = time.monotonic() + START_SECONDS
            while not _is_ready(port):
                if not child.is_alive() or time.monotonic() > until:
                    raise RuntimeError(f"the second web server did not start; see {self.folder / 'logs'}")
                time.sleep(0.1)
            yield port
        finally:
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)
                child.process.wait(30)

    def stop(self) -> None:
        stop(self.process, (signal.SIGTERM, 60.0))

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log().open("ab") as log:
            return spawn([sys.executable, "-m", "langfuse_site.up"], env=self._given, output=log, cwd=ROOT)

    def _log(self) -> Path:
        return self.folder / "up.log"


@contextmanager
def running_installation() -> Iterator[Installation]:
    """Start an installation in a folder of its own; stop it and remove the folder after."""
    folder = Path(tempfile.mkdtemp(prefix="lf-bench-"))
    # The account of root's database passes through.
    folder.chmod(0o711)
    installation = Installation(folder)
    try:
        installation.wait_until_ready()
        yield installation
    finally:
        installation.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a port of loopback that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _is_ready(port: int) -> bool:
    api = Api(port, "")
    try:
        return api.get("ready")[0] == 200
    except OSError:
        return False
    finally:
        api.close()
