"""The transport without a server: what is put is taken once, what a killed process leaves harms nobody."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from langfuse_site.lib.folder_broker import MAX_WAITING


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    options = {"folder": str(tmp_path), "polling_interval": 0.01}
    transport = "langfuse_site.lib.folder_broker:Transport"
    with Connection("folder://", transport=transport, transport_options=options) as connection:
        yield connection


@pytest.fixture
def queue(connection: Connection) -> Iterator[SimpleQueue]:
    with connection.SimpleQueue("work", no_ack=True) as queue:
        yield queue


def take(queue: SimpleQueue) -> object:
    return queue.get(timeout=2).payload


def test_messages_come_in_order_and_leave_nothing(queue: SimpleQueue, tmp_path: Path) -> None:
    for number in range(3):
        queue.put({"number": number})
    assert [take(queue) for _ in range(3)] == [{"number": number} for number in range(3)]
    assert list((tmp_path / "work").iterdir()) == []


def test_empty_queue_says_so(queue: SimpleQueue) -> None:
    with pytest.raises(Empty):
        queue.get(timeout=0.05)


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_broken_message_is_skipped(queue: SimpleQueue, tmp_path: Path, content: str) -> None:
    (tmp_path / "work" / "00000000000000000000-broken").write_text(content, encoding="utf-8")
    queue.put({"number": 1})
    assert take(queue) == {"number": 1}
    assert list((tmp_path / "work").iterdir()) == []


def test_abandoned_files_are_swept_and_fresh_ones_are_not(connection: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    old, fresh = folder / ".new-old", folder / ".taken-fresh"
    old.touch()
    fresh.touch()
    os.utime(old, times=(time.time() - 3600,) * 2)
    connection.SimpleQueue("work").close()
    assert list(folder.iterdir()) == [fresh]


def test_queue_that_nobody_reads_stops_growing(queue: SimpleQueue, tmp_path: Path) -> None:
    for number in range(MAX_WAITING + 5):
        queue.put({"number": number})
    assert len(list((tmp_path / "work").iterdir())) == MAX_WAITING
    assert queue.qsize() == MAX_WAITING


def test_folder_is_made_again(connection: Connection, tmp_path: Path) -> None:
    connection.SimpleQueue("work").close()
    (tmp_path / "work").rmdir()
    with connection.SimpleQueue("work", no_ack=True) as queue:
        queue.put({"number": 1})
        assert take(queue) == {"number": 1}
