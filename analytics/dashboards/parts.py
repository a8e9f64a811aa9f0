"""Figures in; the tiles that more than one dashboard shows out."""

from collections.abc import Callable
from decimal import Decimal

from analytics.charts.bars import Item, draw_bars
from analytics.charts.series import Form, Series, draw_series
from analytics.charts.units import Unit, short
from analytics.dashboards.figures import Groups, Key, Ranking
from analytics.dashboards.source import Reading
from analytics.dashboards.tiles import NOTHING, Links, Tile, bucket_links, ranking_tile, stacked_tile

ROWS = 8

USERS_TAUGHT = "No trace names its user. Pass user_id when you trace, and see what each of them uses."

PROMPTS_TAUGHT = "No generation names its prompt. Link prompts to generations to see what each version costs."


def first(key: Key, nothing: str) -> str:
    return str(key[0]) if key[0] else nothing


def model_name(key: Key) -> str:
    return first(key, "No model")


def trace_name(key: Key) -> str:
    return first(key, "Unnamed")


def traces_tile(reading: Reading, traces: Groups, links: Links, *, size: str = "half") -> Tile:
    shown = reading.scope.range
    count, errors = traces.total("count"), traces.total("error_traces")
    good = [every - bad for every, bad in zip(count.buckets, errors.buckets, strict=True)]
    series = [Series("Without errors", good, "s1"), Series("With errors", errors.buckets, "error")]
    chart = draw_series(shown.axis, series, Unit.COUNT, form=Form.BARS, links=bucket_links(links, shown))
    return Tile("Traces", chart, size, figure=short(count.whole, Unit.COUNT))


def cost_tile(reading: Reading, models: Groups, links: Links, *, size: str = "half") -> Tile:
    return stacked_tile(
        "Cost by model",
        models,
        "total_cost",
        Unit.MONEY,
        reading.scope.range,
        links=links,
        name=model_name,
        size=size,
        nothing="No costs in this range. Generations with a model and its usage are priced as they arrive.",
    )


def priced_note(cost: Decimal, note: str) -> str:
    """Return a note about a model, which else would look as if it were free where nobody knows its price."""
    return note if cost else f"no price, {note}"


def models_tile(models: Groups, links: Links, *, size: str = "third") -> Tile:
    """Draw the models by cost, with their tokens; what has no model is left out."""
    named = {key: sums for key, sums in models.by_key.items() if key[0] and sums["count"].whole}
    keys = sorted(named, key=lambda key: (-named[key]["total_cost"].whole, -named[key]["count"].whole, key))
    items = [
        Item(
            str(key[0]),
            named[key]["total_cost"].whole,
            links.whole(model=str(key[0])),
            priced_note(
                named[key]["total_cost"].whole,
                f"{short(named[key]['total_tokens'].whole, Unit.COUNT)} tokens",
            ),
        )
        for key in keys[:ROWS]
    ]
    chart = draw_bars(items, Unit.MONEY, whole=models.total("total_cost").whole)
    figure = f"{len(named)}" if len(named) > ROWS else ""
    return Tile(
        "Models by cost", chart, size, figure=figure, nothing="No generations with a model in this range."
    )


def bars_of(
    title: str,
    groups: Groups,
    measure: str,
    unit: Unit,
    *,
    href: Callable[[Key], str],
    nothing: str = NOTHING,
    size: str = "third",
    other: str = "None",
) -> Tile:
    """Draw the largest groups of a measure as bars."""
    found = {key: sums[measure].whole for key, sums in groups.by_key.items() if sums[measure].whole}
    keys = sorted(found, key=lambda key: (-found[key], str(key)))
    items = [Item(first(key, other), found[key], href(key)) for key in keys[:ROWS]]
    figure = f"{len(keys)}" if len(keys) > ROWS else ""
    chart = draw_bars(items, unit, whole=sum(found.values()))
    return Tile(title, chart, size, figure=figure, nothing=nothing)


def prompts_tile(
    prompts: Ranking, whole: Decimal, links: Links, *, measure: str = "total_cost", size: str = "third"
) -> Tile:
    """Draw the versions of prompts, with how often each was used."""
    return ranking_tile(
        "Prompts by cost" if measure == "total_cost" else "Prompts by use",
        prompts,
        measure,
        Unit.MONEY if measure == "total_cost" else Unit.COUNT,
        whole=whole,
        name=lambda key: f"{key[0]} · v{key[1]}",
        href=lambda key: links.whole(prompt=key[0], prompt_version=str(key[1])),
        note=lambda now: f"{int(now['count']):,} ×" if measure == "total_cost" else "",
        size=size,
        nothing=PROMPTS_TAUGHT,
    )


def name_link(links: Links) -> Callable[[Key], str]:
    return lambda key: links.whole(name=key[0]) if key[0] else links.whole(without="name")


def names_tile(names: Ranking, whole: Decimal, links: Links, *, size: str = "third") -> Tile:
    def note(now: dict[str, Decimal]) -> str:
        errors = int(now["error_traces"])
        return f"{errors:,} with errors" if errors else ""

    return ranking_tile(
        "Top traces",
        names,
        "count",
        Unit.COUNT,
        whole=whole,
        name=trace_name,
        href=name_link(links),
        note=note,
        size=size,
    )


def users_tile(users: Ranking, whole: Decimal, links: Links, *, by: str = "total_cost") -> Tile:
    """Draw the users by cost, with how many traces each has; or by their traces, with their tokens."""
    is_cost = by == "total_cost"

    def note(now: dict[str, Decimal]) -> str:
        if is_cost:
            return f"{int(now['count']):,} trace{'' if now['count'] == 1 else 's'}"
        return f"{short(now['total_tokens'], Unit.COUNT)} tokens"

    return ranking_tile(
        "Top users by cost" if is_cost else "Top users",
        users,
        by,
        Unit.MONEY if is_cost else Unit.COUNT,
        whole=whole,
        name=lambda key: first(key, ""),
        href=lambda key: links.whole(user=key[0]),
        note=note,
        nothing=USERS_TAUGHT,
    )
