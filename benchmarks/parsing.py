"""Exports of the benchmark in; what a span costs to decode and to map out, in microseconds."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.exports import make_export_reel
from tracing.wire.otel.export import decode_export
from tracing.wire.otel.patches import patches_of_spans

KIND = "otlp-protobuf"
SIZES = (50, 200)
ROUNDS = 5


def parsing_costs() -> dict[str, dict[str, float]]:
    """Return, by the number of spans of a body, microseconds a span: the best of a few rounds."""
    return {str(size): _costs(size) for size in SIZES}


def _costs(size: int) -> dict[str, float]:
    reel = make_export_reel(size, batches=10)
    bodies = [reel.fresh(index, reel.new_token(random.Random(index))) for index in range(len(reel.bodies))]
    decoded = [decode_export(KIND, body) for body in bodies]
    spans, now = sum(map(len, decoded)), datetime.now(UTC)
    seconds = {
        "decode": _best(lambda: [decode_export(KIND, body) for body in bodies]),
        "map": _best(lambda: [patches_of_spans(each, received_at=now) for each in decoded]),
    }
    return {name: round(1_000_000 * spent / spans, 1) for name, spent in seconds.items()}


def _best(run: Callable[[], Any]) -> float:
    def once() -> float:
        before = time.perf_counter()
        run()
        return time.perf_counter() - before

    return min(once() for _ in range(ROUNDS))
