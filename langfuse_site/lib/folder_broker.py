"""Messages in, the same messages out to the first taker: a Celery transport that needs a folder and no server.

A message is a file that appears by rename, complete or not at all; a taker claims it by rename. What a
killed process leaves behind is skipped and swept. Kombu's own filesystem transport writes in place: a
half-written message kills the worker that reads it, a half-written exchange file every later one
(`docs/decisions/002-embedded-broker.md`).
"""

import logging
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote

from kombu.transport import virtual
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

ABANDONED_SECONDS = 60.0
MAX_WAITING = 1000
"""A queue that nobody reads stops growing here: messages carry no payload, and beat repeats them."""


class Channel(virtual.Channel):
    """One folder a queue, below the folder that the transport option `folder` names."""

    do_restore = False
    supports_fanout = False
    folder = ""
    from_transport_options = (*virtual.Channel.from_transport_options, "folder")

    def _queue_folder(self, queue: str) -> Path:
        return Path(self.folder) / quote(queue, safe="")

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        folder = self._queue_folder(queue)
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)

    def _has_queue(self, queue: str, **kwargs: Any) -> bool:
        return self._queue_folder(queue).is_dir()

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        folder = self._queue_folder(queue)
        if len(_waiting(folder)) >= MAX_WAITING:
            return
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        unfinished = folder / f".new-{name}"
        unfinished.write_text(dumps(message), encoding="utf-8")
        unfinished.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        folder = self._queue_folder(queue)
        for name in _waiting(folder):
            message = _take(folder, name)
            if message is not None:
                return message
        raise Empty

    def _size(self, queue: str) -> int:
        return len(_waiting(self._queue_folder(queue)))

    def _purge(self, queue: str) -> int:
        folder = self._queue_folder(queue)
        names = _waiting(folder)
        for name in names:
            (folder / name).unlink(missing_ok=True)
        return len(names)


class Transport(virtual.Transport):
    """Named as `broker_transport`; `polling_interval` is its only knob."""

    Channel = Channel
    implements = virtual.Transport.implements.extend(asynchronous=False, exchange_type=frozenset(["direct"]))
    global_state = virtual.BrokerState()
    default_port = 0
    driver_type = "folder"
    driver_name = "folder"

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state

    def driver_version(self) -> str:
        return "1"


def _waiting(folder: Path) -> list[str]:
    """Return the names of the messages in the order they came; none where the folder is gone."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208
    except FileNotFoundError:
        return []


def _take(folder: Path, name: str) -> dict[str, Any] | None:
    """Claim, read and remove one message; None where another taker was first or it can't be read."""
    claimed = folder / f".taken-{name}"
    try:
        (folder / name).rename(claimed)
    except FileNotFoundError:
        return None
    text = claimed.read_text(encoding="utf-8")
    claimed.unlink()
    try:
        message: dict[str, Any] = loads(text)
    except ValueError:
        logger.warning("broker_message_unreadable", extra={"file": name})
        return None
    return message


def _sweep(folder: Path) -> None:
    """Remove what processes left behind that were killed while they wrote or took a message."""
    limit = time.time() - ABANDONED_SECONDS
    for path in folder.glob(".*"):
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except FileNotFoundError:
            continue
