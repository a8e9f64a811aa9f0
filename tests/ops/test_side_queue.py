"""The thread beside a worker: whatever happens to its queue, it takes the next message."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery

from langfuse_site.lib.side_queue import SideQueue
from tests.live import eventually


class Chores(SideQueue):
    queue = "chores"


class Parent:
    """What a step is given of its worker."""

    def __init__(self, app: Celery) -> None:
        self.app = app


@pytest.fixture
def app(tmp_path: Path) -> Celery:
    """An application whose only task leaves the file `done`."""
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

    return app


@pytest.fixture(autouse=True)
def step(app: Celery) -> Iterator[Chores]:
    parent = Parent(app)
    step = Chores(parent)
    step.start(parent)
    yield step
    step.stop(parent)
    assert not step.thread.is_alive()


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
