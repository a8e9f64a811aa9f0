"""How soon after a flush a trace can be read, whole and with its cost, on an otherwise idle server."""

from statistics import median

from tests.sdk.running import Target, run_python

ROUNDS = 9


def test_a_trace_is_visible_within_a_second(target: Target) -> None:
    seconds = run_python("visible", target, str(ROUNDS))
    assert median(seconds) < 1.0, seconds
