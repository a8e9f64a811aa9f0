"""Beat that is killed and started again in, what dashboards say of it out."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.pages import OWNER, owner_of
from tests.live import LiveServer, eventually, running_server


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    environment: dict[str, Any] = {"ROLLUP_SECONDS": "1", **OWNER}
    with running_server(tmp_path_factory.mktemp("beat"), **environment) as running:
        yield running


def test_dashboards_say_that_beat_is_down(server: LiveServer) -> None:
    owner = owner_of(server.host)
    pages = (f"/project/{server.project_id}", "/admin/", "/admin/analytics/rolluprun/")

    def standing_still() -> list[bool]:
        return ["nothing has been counted since" in owner.open(page) for page in pages]

    def all_is_well() -> None:
        assert "took" in owner.open("/admin/")
        assert standing_still() == [False] * 3

    def all_say_so() -> None:
        assert standing_still() == [True] * 3

    eventually(all_is_well, seconds=30)
    beat = server.children["beat"]
    assert beat.process
    beat.process.send_signal(signal.SIGKILL)
    beat.process.wait()
    eventually(all_say_so, seconds=60)
    beat.launch()
    eventually(all_is_well, seconds=30)
