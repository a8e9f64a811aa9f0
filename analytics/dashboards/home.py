"""A reading in; the home of a project out: what runs, what it costs, how long it takes, what goes wrong."""

from analytics.charts.cards import draw_card
from analytics.charts.series import Form, Series, draw_series
from analytics.charts.units import Unit, exact, short
from analytics.dashboards.figures import Groups, read_groups, read_ranking
from analytics.dashboards.numbers import latency_cards, tokens_card, traffic_cards, users_card
from analytics.dashboards.parts import (
    cost_tile,
    models_tile,
    names_tile,
    traces_tile,
    users_tile,
)
from analytics.dashboards.percentiles import read_quantiles
from analytics.dashboards.source import Reading
from analytics.dashboards.tiles import TONES, Board, Links, Tile, bucket_links, quantile_tile, ratio
from analytics.rollups.facets import ALL_TRACES, LEVELS, MODELS, NAMES, USERS
from analytics.rollups.tables import SCORES

NUMERIC_SCORES = "data_type in ('NUMERIC', 'BOOLEAN')"
MOST_SCORES = 5
SUMS = ("total_cost", "total_tokens", "count")
LEVEL_TONES = (("ERROR", "Errors", "error"), ("WARNING", "Warnings", "warning"))


def home_board(reading: Reading, links: Links) -> Board:
    (models,) = read_groups(reading, MODELS, [("model",)], SUMS)
    (levels,) = read_groups(reading, LEVELS, [("observation_level",)], ["count"])
    (traces,) = read_groups(reading, ALL_TRACES, [()], ["count", "error_traces"])
    latency = read_quantiles(reading, ALL_TRACES, "latency")
    names = read_ranking(reading, NAMES, ["value"], ["count", "error_traces"])
    users = read_ranking(reading, USERS, ["value"], ["total_cost", "count"])
    (scores,) = read_groups(reading, SCORES, [("name",)], ["value_count", "value_sum"], where=NUMERIC_SCORES)
    cost = models.total("total_cost")
    return Board(
        cards=[
            *traffic_cards(traces, links),
            draw_card("Cost", cost.whole, cost.before, Unit.MONEY, trend=cost.buckets, href=links.whole()),
            tokens_card(models.total("total_tokens"), links),
            *latency_cards(latency, links),
            users_card(users, links),
        ],
        tiles=[
            traces_tile(reading, traces, links),
            cost_tile(reading, models, links),
            quantile_tile("Latency of traces", latency, reading.scope.range, links=links),
            errors_tile(reading, levels, links),
            names_tile(names, traces.total("count").whole, links),
            models_tile(models, links),
            users_tile(users, cost.whole, links),
            scores_tile(reading, scores, links),
        ],
        is_empty=not traces and not models and not scores,
    )


def errors_tile(reading: Reading, levels: Groups, links: Links) -> Tile:
    shown = reading.scope.range
    series, count = [], 0
    for level, name, tone in LEVEL_TONES:
        sums = levels.of((level,), "count")
        series.append(Series(name, sums.buckets, tone))
        count += int(sums.whole) if level == "ERROR" else 0
    chart = draw_series(
        shown.axis, series, Unit.COUNT, form=Form.BARS, links=bucket_links(links, shown, level="ERROR")
    )
    every = levels.total("count").whole
    share = f"{exact(count / float(every), Unit.SHARE)} of all steps" if count and every else ""
    return Tile(
        "Errors and warnings", chart, figure=share, nothing="No errors and no warnings in this range."
    )


def scores_tile(reading: Reading, scores: Groups, links: Links) -> Tile:
    """Draw the averages of the scores that are given most often; a bucket without any is a gap."""
    shown = reading.scope.range
    counted = {key: sums for key, sums in scores.by_key.items() if sums["value_count"].whole}
    keys = sorted(counted, key=lambda key: (-counted[key]["value_count"].whole, key))[:MOST_SCORES]
    series, totals = [], []
    for key, tone in zip(keys, TONES, strict=False):
        now, _, parts = ratio(counted[key]["value_sum"], counted[key]["value_count"])
        series.append(Series(key[0], parts, tone))
        totals.append(f"{exact(now, Unit.NUMBER)} ({short(counted[key]['value_count'].whole, Unit.COUNT)})")
    links_of_one = bucket_links(links, shown, score=keys[0][0] if len(keys) == 1 else "")
    chart = (
        draw_series(
            shown.axis, series, Unit.NUMBER, form=Form.LINE, links=links_of_one, totals=totals or ["–"]
        )
        if series
        else draw_series(shown.axis, [], Unit.NUMBER, form=Form.LINE)
    )
    return Tile(
        "Scores, on average",
        chart,
        size="whole",
        nothing="No numeric scores in this range. Evaluations and people's feedback arrive by the API: "
        "langfuse.score(trace_id=…, name=…, value=…).",
    )
