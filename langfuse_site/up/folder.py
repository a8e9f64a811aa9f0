"""A data folder in; its lock, its generated secrets and the environment of the child processes out."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from langfuse_site.lib.env import env_or_file, env_str

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PRIVATE_FOLDERS = ("broker", "logs", "media")


class UpError(Exception):
    """Why the installation can't start, in one line for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the installation was made for: the first login and the first key pair."""

    email: str
    password: str
    public_key: str
    secret_key: str


def data_folder() -> Path:
    return Path(env_str("DATA_DIR") or BASE_DIR / ".data").absolute()


def open_folder(folder: Path) -> IO[str]:
    """Make the folder where it is missing, lock it for this process and return the lock."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.exists():
            folder.mkdir()
            # The database's account passes through; nobody else can see what lies in it.
            folder.chmod(0o711)
        for name in PRIVATE_FOLDERS:
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        return _lock(folder)
    except OSError as error:
        raise UpError(f"can't write to {folder} ({error.strerror}); set DATA_DIR to another folder") from None


def running_pid(folder: Path) -> int | None:
    """Return the process that holds the folder's lock, or None."""
    try:
        with (folder / "up.lock").open("r", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int((folder / "up.lock").read_text(encoding="utf-8").strip() or 0)


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read; readers see the old text or the new."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.rename(path)


def child_environment(folder: Path, *, port: int, database_url: str) -> dict[str, str]:
    """Return what every child process needs: our own environment, the secrets and where things are."""
    return {
        **os.environ,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "NEXTAUTH_SECRET": _secret("NEXTAUTH_SECRET", folder / "nextauth-secret"),
        "SALT": _secret("SALT", folder / "salt"),
        "DJANGO_SETTINGS_MODULE": "langfuse_site.settings",
        "PYTHONUNBUFFERED": "1",
        # Threads of glibc's allocator keep arenas of their own, which cost memory and save no time here.
        "MALLOC_ARENA_MAX": "2",
    }


def first_account(folder: Path) -> tuple[Account | None, dict[str, str]]:
    """Return the login and keys to show, and the LANGFUSE_INIT_* that the demo adds to the environment."""
    if env_str("LANGFUSE_INIT_ORG_ID"):
        return _given_account(), {}
    account = _demo_account(folder / "demo.json")
    return account, {
        "LANGFUSE_INIT_ORG_ID": "demo-org",
        "LANGFUSE_INIT_ORG_NAME": "Demo Organization",
        "LANGFUSE_INIT_PROJECT_ID": "demo-project",
        "LANGFUSE_INIT_PROJECT_NAME": "Demo Project",
        "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": account.public_key,
        "LANGFUSE_INIT_PROJECT_SECRET_KEY": account.secret_key,
        "LANGFUSE_INIT_USER_EMAIL": account.email,
        "LANGFUSE_INIT_USER_NAME": "Demo Owner",
        "LANGFUSE_INIT_USER_PASSWORD": account.password,
    }


def _lock(folder: Path) -> IO[str]:
    lock = (folder / "up.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UpError(
            f"already running on {folder} (process {running_pid(folder)}); `make down` stops it"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _secret(name: str, path: Path) -> str:
    value = env_or_file(name, path)
    if not value:
        value = secrets.token_urlsafe(32)
        write_private(path, f"{value}\n")
    return value


def _given_account() -> Account | None:
    names = ("USER_EMAIL", "USER_PASSWORD", "PROJECT_PUBLIC_KEY", "PROJECT_SECRET_KEY")
    email, password, public_key, secret_key = (env_str(f"LANGFUSE_INIT_{name}") for name in names)
    return Account(email, password, public_key, secret_key) if public_key or email else None


def _demo_account(path: Path) -> Account:
    if path.exists():
        return Account(**json.loads(path.read_text(encoding="utf-8")))
    account = Account(
        email="demo@example.com",
        password=secrets.token_urlsafe(12),
        public_key=f"pk-lf-{secrets.token_hex(16)}",
        secret_key=f"sk-lf-{secrets.token_hex(16)}",
    )
    write_private(path, json.dumps(asdict(account), indent=1))
    return account
