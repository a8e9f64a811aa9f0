"""A reading in; the dashboard of cost out: by model, kind of token, trace, user, prompt."""

from decimal import Decimal

from analytics.charts.cards import Better, Card, draw_card
from analytics.charts.units import Unit, exact, exact_column, short
from analytics.dashboards.figures import Groups, Ranking, read_groups, read_ranking
from analytics.dashboards.numbers import tokens_card
from analytics.dashboards.parts import (
    bars_of,
    cost_tile,
    first,
    name_link,
    prompts_tile,
    trace_name,
    users_tile,
)
from analytics.dashboards.source import Reading
from analytics.dashboards.tiles import (
    Board,
    Cell,
    Links,
    Table,
    Tile,
    ranking_tile,
    ratio,
    stacked_tile,
)
from analytics.rollups.facets import ALL_TRACES, MODELS, NAMES, PROMPTS, TYPES, USERS
from analytics.rollups.tables import USAGE

SUMS = ("total_cost", "input_cost", "output_cost", "total_tokens", "input_tokens", "output_tokens", "count")
MILLION = Decimal(1_000_000)
MOST_MODELS = 25


def cost_board(reading: Reading, links: Links) -> Board:
    shown = reading.scope.range
    (models,) = read_groups(reading, MODELS, [("model",)], SUMS)
    (environments,) = read_groups(reading, TYPES, [("environment",)], SUMS)
    kinds = read_groups(reading, USAGE, [("usage_key",)], ["cost"], where="usage_key <> 'total'")[0]
    names = read_ranking(reading, NAMES, ["value"], ["total_cost", "count"])
    (traces,) = read_groups(reading, ALL_TRACES, [()], ["count", "total_cost"])
    users = read_ranking(reading, USERS, ["value"], ["total_cost", "count"])
    prompts = read_ranking(reading, PROMPTS, ["prompt_name", "prompt_version"], ["total_cost", "count"])
    cost, tokens = models.total("total_cost"), models.total("total_tokens")
    href = links.whole()
    return Board(
        cards=[
            draw_card("Cost", cost.whole, cost.before, Unit.MONEY, trend=cost.buckets, href=href),
            *_unit_costs(traces, models, links),
            *_parts_of_cost(models, links),
            tokens_card(tokens, links),
        ],
        tiles=[
            cost_tile(reading, models, links, size="two-thirds"),
            _environments_tile(environments, links),
            stacked_tile(
                "Cost by kind of token",
                kinds,
                "cost",
                Unit.MONEY,
                shown,
                links=links,
                name=lambda key: first(key, "other"),
                size="whole",
            ),
            _names_tile(names, cost.whole, links),
            users_tile(users, cost.whole, links),
            prompts_tile(prompts, cost.whole, links),
            _models_table(models, links),
        ],
        is_empty=not models and not traces,
    )


def _unit_costs(traces: Groups, models: Groups, links: Links) -> list[Card]:
    each, each_before, each_trend = ratio(traces.total("total_cost"), traces.total("count"))
    priced = _priced(models)
    price, price_before, price_trend = ratio(priced.total("total_cost"), priced.total("total_tokens"))
    said = (
        ("Cost of a trace", each, each_before, each_trend),
        ("Cost of a million tokens", _times(price, MILLION), _times(price_before, MILLION), price_trend),
    )
    return [
        draw_card(title, now, before, Unit.MONEY, better=Better.LOWER, trend=trend, href=links.whole())
        for title, now, before, trend in said
    ]


def _priced(models: Groups) -> Groups:
    """Return the models that cost something: tokens without a price would make the others look cheap."""
    costs = {key: sums["total_cost"] for key, sums in models.by_key.items()}
    known = [key for key, cost in costs.items() if cost.whole or cost.before]
    return Groups(models.size, {key: models.by_key[key] for key in known})


def _times(number: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if number is None else number * factor


def _parts_of_cost(models: Groups, links: Links) -> list[Card]:
    cards = []
    for title, measure, tone in (
        ("Cost of input", "input_cost", "s5"),
        ("Cost of output", "output_cost", "s4"),
    ):
        sums = models.total(measure)
        trend, href = sums.buckets, links.whole()
        cards.append(draw_card(title, sums.whole, sums.before, Unit.MONEY, trend=trend, href=href, tone=tone))
    return cards


def _environments_tile(environments: Groups, links: Links) -> Tile:
    return bars_of(
        "Cost by environment",
        environments,
        "total_cost",
        Unit.MONEY,
        href=lambda key: links.whole(environment=str(key[0])),
    )


def _names_tile(names: Ranking, whole: Decimal, links: Links) -> Tile:
    return ranking_tile(
        "Cost by trace",
        names,
        "total_cost",
        Unit.MONEY,
        whole=whole,
        name=trace_name,
        href=name_link(links),
        note=lambda now: (
            f"{exact(now['total_cost'] / now['count'], Unit.MONEY)} each" if now["count"] else ""
        ),
    )


def _models_table(models: Groups, links: Links) -> Tile:
    named = {key: sums for key, sums in models.by_key.items() if key[0] and sums["count"].whole}
    keys = sorted(named, key=lambda key: (-named[key]["total_cost"].whole, -named[key]["count"].whole, key))
    wholes = [{measure: sums.whole for measure, sums in named[key].items()} for key in keys[:MOST_MODELS]]
    costs = exact_column([whole["total_cost"] or None for whole in wholes], Unit.MONEY)
    prices = exact_column([_per_million(whole) for whole in wholes], Unit.MONEY)
    rows = [
        _model_row(str(key[0]), whole, cost, price, links=links)
        for key, whole, cost, price in zip(keys, wholes, costs, prices, strict=False)
    ]
    unpriced = sum(not sums["total_cost"].whole for sums in named.values())
    heads = ["Model", "Generations", "Input tokens", "Output tokens", "Cost", "A million tokens"]
    return Tile(
        "Models",
        Table(heads, rows),
        "whole",
        figure=f"{len(keys):,}, {unpriced:,} without a price" if unpriced else f"{len(keys):,}",
        nothing="No generations with a model in this range.",
    )


def _per_million(whole: dict[str, Decimal]) -> Decimal | None:
    return whole["total_cost"] / whole["total_tokens"] * MILLION if whole["total_tokens"] else None


def _model_row(model: str, whole: dict[str, Decimal], cost: str, price: str, *, links: Links) -> list[Cell]:
    return [
        Cell(model, links.whole(model=model), is_number=False),
        Cell(exact(whole["count"], Unit.COUNT)),
        Cell(short(whole["input_tokens"], Unit.COUNT)),
        Cell(short(whole["output_tokens"], Unit.COUNT)),
        Cell(cost if whole["total_cost"] else "no price"),
        Cell(price if _per_million(whole) else "–"),
    ]
