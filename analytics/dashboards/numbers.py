"""Figures in; the cards of numbers that more than one dashboard shows out."""

from collections.abc import Sequence

from analytics.charts.cards import Better, Card, draw_card
from analytics.charts.units import Unit
from analytics.dashboards.figures import Groups, Ranking, Sums
from analytics.dashboards.percentiles import Quantiles
from analytics.dashboards.tiles import Links


def traffic_cards(traces: Groups, links: Links) -> list[Card]:
    count, errors = traces.total("count"), traces.total("error_traces")
    return [
        draw_card("Traces", count.whole, count.before, Unit.COUNT, trend=count.buckets, href=links.whole()),
        draw_card(
            "Traces with errors",
            errors.whole,
            errors.before,
            Unit.COUNT,
            better=Better.LOWER,
            trend=errors.buckets,
            href=links.whole(errors="yes"),
            tone="error",
        ),
    ]


def tokens_card(tokens: Sums, links: Links) -> Card:
    return draw_card(
        "Tokens", tokens.whole, tokens.before, Unit.COUNT, trend=tokens.buckets, href=links.whole(), tone="s2"
    )


def latency_cards(
    latency: Quantiles | None,
    links: Links,
    *,
    title: str = "Latency",
    shown: Sequence[tuple[float, str]] = ((0.5, "p50"), (0.95, "p95")),
) -> list[Card]:
    return [
        draw_card(
            f"{title} {name}",
            latency.now(fraction) if latency else None,
            latency.then(fraction) if latency else None,
            Unit.DURATION,
            better=Better.LOWER,
            trend=latency.series(fraction) if latency else (),
            href=links.whole(),
        )
        for fraction, name in shown
    ]


def users_card(users: Ranking, links: Links) -> Card:
    return draw_card("Active users", users.count, users.count_before, Unit.COUNT, href=links.whole())
