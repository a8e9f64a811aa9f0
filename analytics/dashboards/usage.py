"""A reading in; the dashboard of usage out: traces, steps, tokens, users, tags, prompts and scores."""

from analytics.charts.cards import Card, draw_card
from analytics.charts.units import Unit
from analytics.dashboards.figures import Groups, Ranking, read_groups, read_ranking
from analytics.dashboards.numbers import tokens_card, traffic_cards, users_card
from analytics.dashboards.parts import (
    bars_of,
    first,
    model_name,
    names_tile,
    prompts_tile,
    traces_tile,
    users_tile,
)
from analytics.dashboards.source import Reading
from analytics.dashboards.tiles import Board, Links, Tile, ranking_tile, ratio, stacked_tile
from analytics.rollups.facets import MODELS, NAMES, PROMPTS, TAGS, TYPES, USERS
from analytics.rollups.tables import SCORES, TRACES, USAGE

SUMS = ("count", "total_tokens", "total_cost")


def usage_board(reading: Reading, links: Links) -> Board:
    shown = reading.scope.range
    (types,) = read_groups(reading, TYPES, [("type",)], ["count"])
    (models,) = read_groups(reading, MODELS, [("model",)], SUMS)
    kinds = read_groups(reading, USAGE, [("usage_key",)], ["units"], where="usage_key <> 'total'")[0]
    traces, environments = read_groups(
        reading,
        TRACES,
        [(), ("environment",)],
        ["count", "error_traces", "observation_count"],
        where=NAMES.where,
    )
    names = read_ranking(reading, NAMES, ["value"], ["count", "error_traces"])
    users = read_ranking(reading, USERS, ["value"], ["count", "total_tokens"])
    tags = read_ranking(reading, TAGS, ["value"], ["count"])
    prompts = read_ranking(reading, PROMPTS, ["prompt_name", "prompt_version"], ["count"])
    (scores,) = read_groups(reading, SCORES, [("name",)], ["count"])
    tokens = models.total("total_tokens")
    return Board(
        cards=[
            *traffic_cards(traces, links),
            _steps_card(traces, links),
            tokens_card(tokens, links),
            users_card(users, links),
            _scores_card(scores, links),
        ],
        tiles=[
            traces_tile(reading, traces, links, size="two-thirds"),
            _environments_tile(environments, links),
            _tokens_tile(reading, kinds, links),
            stacked_tile(
                "Tokens by model", models, "total_tokens", Unit.COUNT, shown, links=links, name=model_name
            ),
            stacked_tile(
                "Steps by type",
                types,
                "count",
                Unit.COUNT,
                shown,
                links=links,
                name=lambda key: str(key[0]).capitalize(),
                size="whole",
            ),
            names_tile(names, traces.total("count").whole, links),
            users_tile(users, traces.total("count").whole, links, by="count"),
            _tags_tile(tags, links),
            prompts_tile(prompts, types.total("count").whole, links, measure="count", size="half"),
            _scores_tile(scores, links),
        ],
        is_empty=not traces and not types and not scores,
    )


def _environments_tile(environments: Groups, links: Links) -> Tile:
    return bars_of(
        "Traces by environment",
        environments,
        "count",
        Unit.COUNT,
        href=lambda key: links.whole(environment=str(key[0])),
    )


def _tags_tile(tags: Ranking, links: Links) -> Tile:
    return ranking_tile(
        "Top tags",
        tags,
        "count",
        Unit.COUNT,
        whole=None,
        name=lambda key: first(key, ""),
        href=lambda key: links.whole(tag=key[0]),
        nothing="No trace has a tag. Pass tags when you trace, and compare what they stand for.",
    )


def _scores_tile(scores: Groups, links: Links) -> Tile:
    return bars_of(
        "Scores by name",
        scores,
        "count",
        Unit.COUNT,
        href=lambda key: links.whole(score=key[0]),
        nothing="No scores in this range.",
        size="half",
    )


def _steps_card(traces: Groups, links: Links) -> Card:
    now, before, trend = ratio(traces.total("observation_count"), traces.total("count"))
    return draw_card(
        "Steps of a trace",
        now,
        before,
        Unit.NUMBER,
        trend=trend,
        href=links.whole(),
    )


def _scores_card(scores: Groups, links: Links) -> Card:
    count = scores.total("count")
    return draw_card(
        "Scores", count.whole, count.before, Unit.COUNT, trend=count.buckets, href=links.whole(), tone="s3"
    )


def _tokens_tile(reading: Reading, kinds: Groups, links: Links) -> Tile:
    return stacked_tile(
        "Tokens by kind",
        kinds,
        "units",
        Unit.COUNT,
        reading.scope.range,
        links=links,
        name=lambda key: first(key, "other"),
    )
