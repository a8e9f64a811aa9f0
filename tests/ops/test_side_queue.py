"""The thread beside a worker: whatever happens to its queue, it takes the next message."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import enumerate as enumerate_threads

import pytest
from celery import Celery

from langfuse_site.lib.side_queue import SideQueues
from tests.live import eventually


class Chores(SideQueues):
    queues = ("chores",)


class Parent:
    """What a step is given of its worker."""

    def __init__(self, app: Celery) -> None:
        self.app = app


@pytest.fixture
def app(tmp_path: Path) -> Celery:
    """An application with a task that leaves the file `done`, and one that takes its time for it."""
    app = Celery("chores", fixups=[], set_as_current=False)
    app.conf.update(
        broker_url="folder://localhost",
        broker_transport="langfuse_site.lib.folder_broker:Transport",
        broker_transport_options={"folder": str(tmp_path / "broker")},
        task_ignore_result=True,
    )

    @app.task(name="chore", shared=False)
    def chore() -> None:
        (tmp_path / "done").touch()

    @app.task(name="long chore", shared=False)
    def long_chore() -> None:
        (tmp_path / "begun").touch()
        time.sleep(1.5)
        (tmp_path / "done").touch()

    return app


@pytest.fixture(autouse=True)
def step(app: Celery) -> Iterator[Chores]:
    parent = Parent(app)
    step = Chores(parent)
    step.start(parent)
    yield step
    step.stop(parent)
    eventually(lambda: assert_true("chores" not in {thread.name for thread in enumerate_threads()}))


def send_foreign(app: Celery, folder: Path, log: pytest.LogCaptureFixture) -> None:
    with app.connection_for_write() as connection:
        connection.SimpleQueue("chores").put({"names": "no task"})


def send_unknown(app: Celery, folder: Path, log: pytest.LogCaptureFixture) -> None:
    app.send_task("unheard-of", queue="chores")


def spoil_folder(app: Celery, folder: Path, log: pytest.LogCaptureFixture) -> None:
    """Put something else in the queue's place until the thread has stumbled over it."""
    eventually(lambda: assert_true(folder.is_dir()))
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()
    eventually(lambda: assert_true("side_queue_failed" in log.messages))
    folder.unlink()
    aside.rename(folder)


def assert_true(found: bool) -> None:
    assert found


@pytest.mark.parametrize("spoil", [send_foreign, send_unknown, spoil_folder])
def test_the_next_message_is_taken(
    app: Celery, tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[..., None]
) -> None:
    spoil(app, tmp_path / "broker" / "chores", caplog)
    app.send_task("chore", queue="chores")
    eventually(lambda: assert_true((tmp_path / "done").exists()))


def test_what_is_under_way_ends_before_the_worker_does(app: Celery, tmp_path: Path, step: Chores) -> None:
    app.send_task("long chore", queue="chores")
    eventually(lambda: assert_true((tmp_path / "begun").exists()))
    step.stop(Parent(app))
    assert (tmp_path / "done").exists()
