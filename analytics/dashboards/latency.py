"""A reading in; the dashboard of latency out: traces, generations, first tokens, and what is slow."""

from analytics.charts.cards import Better, Card, draw_card
from analytics.charts.units import Unit
from analytics.dashboards.figures import Groups, Key, read_groups
from analytics.dashboards.numbers import latency_cards
from analytics.dashboards.parts import first, model_name, name_link, trace_name
from analytics.dashboards.percentiles import Quantiles, read_quantiles, read_slowness
from analytics.dashboards.source import Reading
from analytics.dashboards.tiles import Board, Links, Tile, quantile_bars, quantile_tile, ratio
from analytics.rollups.facets import ALL_TRACES, MODELS, NAMES, STEPS, TYPES

GENERATIONS = "type = 'GENERATION'"
STREAMED = "ttft_count > 0"
P95 = 0.95
SECONDS_OF = 1000
FIRST_TOKENS_TAUGHT = (
    "No generation tells when its first token came. Streamed generations do, by completion_start_time."
)


def latency_board(reading: Reading, links: Links) -> Board:
    shown = reading.scope.range
    names = read_slowness(reading, NAMES, "latency", by=["value"])
    traces = read_quantiles(reading, ALL_TRACES, "latency")
    generations = read_quantiles(reading, TYPES, "latency", where=GENERATIONS)
    first_tokens = read_quantiles(reading, TYPES, "ttft", where=STREAMED)
    models = read_slowness(
        reading, MODELS, "latency", by=["model"], where=f"{GENERATIONS} and model is not null"
    )
    steps = read_slowness(reading, STEPS, "latency", by=["type", "name"])
    (speeds,) = read_groups(reading, TYPES, [()], ["streaming_tokens", "streaming_sum"])
    return Board(
        cards=[
            *latency_cards(traces, links, title="Traces", shown=((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))),
            *latency_cards(generations, links, title="Generations", shown=((0.95, "p95"),)),
            *latency_cards(first_tokens, links, title="First token", shown=((0.5, "p50"), (0.95, "p95"))),
            _speed_card(speeds, links),
        ],
        tiles=[
            quantile_tile("Traces", traces, shown, links=links, size="whole"),
            quantile_tile("Generations", generations, shown, links=links),
            quantile_tile("First token", first_tokens, shown, links=links, nothing=FIRST_TOKENS_TAUGHT),
            quantile_bars("p95 by trace", names, P95, name=trace_name, href=name_link(links)),
            _models_tile(models, links),
            _steps_tile(steps, links),
        ],
        is_empty=traces is None and not steps,
    )


def _speed_card(speeds: Groups, links: Links) -> Card:
    now, before, trend = ratio(speeds.total("streaming_tokens"), speeds.total("streaming_sum"))
    return draw_card(
        "Output while streaming",
        None if now is None else now * SECONDS_OF,
        None if before is None else before * SECONDS_OF,
        Unit.RATE,
        better=Better.HIGHER,
        trend=trend,
        href=links.whole(),
        tone="s2",
    )


def _models_tile(models: dict[Key, Quantiles], links: Links) -> Tile:
    return quantile_bars(
        "p95 by model", models, P95, name=model_name, href=lambda key: links.whole(model=key[0])
    )


def _steps_tile(steps: dict[Key, Quantiles], links: Links) -> Tile:
    return quantile_bars(
        "p95 by step",
        steps,
        P95,
        name=lambda key: f"{first(key[1:], 'unnamed')} ({str(key[0]).lower()})",
        href=lambda key: links.whole(type=key[0], step=key[1] or ""),
    )
