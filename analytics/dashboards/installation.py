"""A reading of many projects (or one) in; the dashboard of the admin out: who costs what, what goes wrong where."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from accounts.models import Project
from analytics.charts.cards import draw_card
from analytics.charts.units import Unit, exact, exact_column, short
from analytics.dashboards.figures import Groups, Key, Ranking, read_groups, read_ranking
from analytics.dashboards.home import NUMERIC_SCORES, errors_tile
from analytics.dashboards.numbers import latency_cards, tokens_card, traffic_cards, users_card
from analytics.dashboards.parts import PROMPTS_TAUGHT, USERS_TAUGHT, cost_tile, priced_note, traces_tile
from analytics.dashboards.percentiles import Quantiles, read_quantiles, read_slowness
from analytics.dashboards.source import Reading
from analytics.dashboards.tiles import (
    Board,
    Cell,
    Links,
    Table,
    Tile,
    quantile_tile,
    ranking_tile,
    ratio,
    stacked_tile,
)
from analytics.rollups.facets import ALL_TRACES, LEVELS, MODELS, PROMPTS, USERS
from analytics.rollups.tables import SCORES

SUMS = ("total_cost", "total_tokens", "count")
MOST_PROJECTS = 50
P95 = 0.95


def installation_board(
    reading: Reading, links: Links, projects: Mapping[str, Project], links_of: Callable[[str], Links]
) -> Board:
    """`links` lead to narrower dashboards, those that `links_of` makes to the traces of one project."""
    shown = reading.scope.range
    models, by_project = read_groups(reading, MODELS, [("model",), ("project_id",)], SUMS)
    (levels,) = read_groups(reading, LEVELS, [("observation_level",)], ["count"])
    (traces,) = read_groups(reading, ALL_TRACES, [("project_id",)], ["count", "error_traces"])
    latency = read_quantiles(reading, ALL_TRACES, "latency")
    slow = read_slowness(reading, ALL_TRACES, "latency", by=["project_id"])
    rankings = _Rankings(reading, projects, links_of)
    users = read_ranking(reading, USERS, ["project_id", "value"], ["total_cost", "count"])
    (scores,) = read_groups(reading, SCORES, [()], ["count"])
    cost = models.total("total_cost")
    count = scores.total("count")
    several = len(projects) > 1
    return Board(
        cards=[
            draw_card("Cost", cost.whole, cost.before, Unit.MONEY, trend=cost.buckets, href=links.whole()),
            tokens_card(models.total("total_tokens"), links),
            *traffic_cards(traces, links),
            *latency_cards(latency, links, shown=((0.5, "p50"), (0.95, "p95"))),
            users_card(users, links),
            draw_card(
                "Scores",
                count.whole,
                count.before,
                Unit.COUNT,
                trend=count.buckets,
                href=links.whole(),
                tone="s3",
            ),
        ],
        tiles=[
            *([_by_project(by_project, rankings, links)] if several else []),
            cost_tile(reading, models, links, size="half" if several else "whole"),
            traces_tile(reading, traces, links),
            errors_tile(reading, levels, links),
            quantile_tile("Latency of traces", latency, shown, links=links),
            stacked_tile(
                "Tokens by model",
                models,
                "total_tokens",
                Unit.COUNT,
                shown,
                links=links,
                name=lambda key: str(key[0] or "No model"),
            ),
            *([_projects_table(traces, by_project, slow, rankings)] if several else []),
            rankings.models(cost.whole),
            rankings.prompts(cost.whole),
            rankings.users(users, cost.whole),
            rankings.scores(),
        ],
    )


class _Rankings:
    """Rankings of what is named alike in several projects: each stands for itself and leads to its own traces."""

    def __init__(
        self, reading: Reading, projects: Mapping[str, Project], links_of: Callable[[str], Links]
    ) -> None:
        self.reading = reading
        self.projects = projects
        self.links_of = links_of

    def project_name(self, project_id: str) -> str:
        return self.projects[project_id].name if project_id in self.projects else project_id

    def name(self, key: Key) -> str:
        return f"{key[1]} · {self.project_name(key[0])}" if len(self.projects) > 1 else str(key[1])

    def models(self, whole: Decimal) -> Tile:
        ranking = read_ranking(
            self.reading,
            MODELS,
            ["project_id", "model"],
            ["total_cost", "total_tokens", "count"],
            where="model is not null",
        )
        return self._tile(
            "Models by cost",
            ranking,
            "total_cost",
            whole=whole,
            filters=lambda key: {"model": key[1]},
            nothing="No generations with a model in this range.",
            note=lambda now: priced_note(now["total_cost"], f"{short(now['count'], Unit.COUNT)} ×"),
        )

    def prompts(self, whole: Decimal) -> Tile:
        ranking = read_ranking(
            self.reading,
            PROMPTS,
            ["project_id", "prompt_name"],
            ["total_cost", "count"],
        )
        return self._tile(
            "Prompts by cost",
            ranking,
            "total_cost",
            whole=whole,
            filters=lambda key: {"prompt": key[1]},
            nothing=PROMPTS_TAUGHT,
        )

    def users(self, ranking: Ranking, whole: Decimal) -> Tile:
        return self._tile(
            "Users by cost",
            ranking,
            "total_cost",
            whole=whole,
            filters=lambda key: {"user": key[1]},
            nothing=USERS_TAUGHT,
        )

    def scores(self) -> Tile:
        ranking = read_ranking(
            self.reading, SCORES, ["project_id", "name"], ["value_count", "value_sum"], where=NUMERIC_SCORES
        )

        def mean(now: dict[str, Decimal]) -> str:
            if not now["value_count"]:
                return ""
            return f"{exact(now['value_sum'] / now['value_count'], Unit.NUMBER)} on average"

        return ranking_tile(
            "Scores",
            ranking,
            "value_count",
            Unit.COUNT,
            whole=None,
            name=self.name,
            href=lambda key: self.links_of(key[0]).whole(score=key[1]),
            note=mean,
            size="half",
            nothing="No numeric scores in this range.",
        )

    def _tile(
        self,
        title: str,
        ranking: Ranking,
        measure: str,
        *,
        whole: Decimal,
        filters: Callable[[Key], dict[str, str]],
        nothing: str,
        note: Callable[[dict[str, Decimal]], str] = lambda now: f"{short(now['count'], Unit.COUNT)} ×",
    ) -> Tile:
        return ranking_tile(
            title,
            ranking,
            measure,
            Unit.MONEY,
            whole=whole,
            name=self.name,
            href=lambda key: self.links_of(key[0]).whole(**filters(key)),
            note=note,
            size="half",
            nothing=nothing,
        )


def _by_project(groups: Groups, rankings: _Rankings, links: Links) -> Tile:
    return stacked_tile(
        "Cost by project",
        groups,
        "total_cost",
        Unit.MONEY,
        rankings.reading.scope.range,
        links=links,
        name=lambda key: rankings.project_name(key[0]),
    )


def _projects_table(traces: Groups, sums: Groups, slow: dict[Key, Quantiles], rankings: _Rankings) -> Tile:
    keys = {*traces.by_key, *sums.by_key}
    ordered = sorted(
        keys,
        key=lambda key: (-sums.of(key, "total_cost").whole, -traces.of(key, "count").whole, key),
    )
    shown = ordered[:MOST_PROJECTS]
    costs = [sums.of(key, "total_cost") for key in shown]
    now = exact_column([cost.whole for cost in costs], Unit.MONEY)
    before = exact_column([cost.before for cost in costs], Unit.MONEY)
    rows = [
        _project_row(key, traces, sums, slow.get(key), rankings, costs=both)
        for key, *both in zip(shown, now, before, strict=True)
    ]
    heads = ["Project", "Traces", "With errors", "Tokens", "Cost", "Before", "p95"]
    return Tile(
        "Projects", Table(heads, rows), "whole", figure=f"{len(rankings.projects):,}", anchor="projects"
    )


def _project_row(
    key: Key,
    traces: Groups,
    sums: Groups,
    slow: Quantiles | None,
    rankings: _Rankings,
    *,
    costs: Sequence[str],
) -> list[Cell]:
    links = rankings.links_of(key[0])
    project = rankings.projects.get(key[0])
    organization = f"{project.organization.name} / " if project else ""
    everything = links.whole()
    errors, _, _ = ratio(traces.of(key, "error_traces"), traces.of(key, "count"))
    cost, before = costs
    return [
        Cell(f"{organization}{rankings.project_name(key[0])}", f"?project={key[0]}", is_number=False),
        Cell(exact(traces.of(key, "count").whole, Unit.COUNT), everything),
        Cell(exact(errors, Unit.SHARE) if errors is not None else "–", links.whole(errors="yes")),
        Cell(short(sums.of(key, "total_tokens").whole, Unit.COUNT), everything),
        Cell(cost, everything),
        Cell(before),
        Cell(exact(slow.now(P95), Unit.DURATION) if slow and slow.whole else "–", everything),
    ]
