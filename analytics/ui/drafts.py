"""A widget, or what somebody typed about one, in; its form out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from analytics.models import Widget
from analytics.saved.names import (
    AGGREGATION_NAMES,
    CHART_NAMES,
    aggregations_of,
    dimension_name,
    measure_words,
    offered_dimensions,
    title_of,
    view_of,
)
from analytics.saved.questions import TIME_SERIES
from analytics.ui.filters import (
    MOST_ROWS,
    OPERATORS,
    Filter,
    FilterRow,
    columns_of,
    fit,
    kind_of,
    read_kept,
    row_of,
    say,
)

MOST_METRICS = 10
MOST_DIMENSIONS = 5
SEVERAL = (*TIME_SERIES, "PIVOT_TABLE")
"""Charts that show more than one metric."""
UNSPLIT = ("NUMBER", "HISTOGRAM")


@dataclass(slots=True)
class MetricRow:
    measure: str = "count"
    agg: str = ""
    error: str = ""


@dataclass(slots=True)
class Draft:
    """The fields of a widget as they are typed; `errors` by field, those of rows stand in the rows."""

    view: str
    name: str = ""
    description: str = ""
    metrics: list[MetricRow] = field(default_factory=lambda: [MetricRow()])
    dimensions: list[str] = field(default_factory=list)
    chart_type: str = "LINE_TIME_SERIES"
    row_limit: str = ""
    bins: str = ""
    filters: list[FilterRow] = field(default_factory=list)
    kept: list[Filter] = field(default_factory=list)
    """Filters that no row says."""
    base: Widget | None = None
    """What it was before: what the form does not show stays."""
    errors: dict[str, str] = field(default_factory=dict)

    # What the form shows.

    @property
    def measures(self) -> list[tuple[str, str]]:
        return [(one, measure_words(self.view, one).label) for one in view_of(self.view).measures]

    @property
    def metric_rows(self) -> list[tuple[MetricRow, list[tuple[str, str]]]]:
        """Return each row with the aggregations to choose from."""
        return [(row, [(one, AGGREGATION_NAMES[one]) for one in self._offered(row)]) for row in self.metrics]

    @property
    def splits(self) -> list[str]:
        """Return what is split by, and an empty one for the next."""
        return [*self.dimensions, ""][:MOST_DIMENSIONS]

    @property
    def split_choices(self) -> list[tuple[str, str]]:
        offered = offered_dimensions(self.view)
        known = [*offered, *(one for one in self.dimensions if one not in offered)]
        names = [(one, dimension_name(self.view, one)) for one in known if one in view_of(self.view).columns]
        return sorted(names, key=lambda one: one[1])

    @property
    def charts(self) -> list[tuple[str, str]]:
        return list(CHART_NAMES.items())

    @property
    def columns_to_filter(self) -> list[tuple[str, str]]:
        return columns_of(self.view)

    @property
    def filter_rows(self) -> list[tuple[FilterRow, str, Sequence[tuple[str, str]]]]:
        """Return each row with the kind of its column and the ways to compare it; all ways where there is none."""
        shown: list[tuple[FilterRow, str, Sequence[tuple[str, str]]]] = []
        for row in self.filters:
            kind = kind_of(self.view, row.column)
            shown.append((row, kind, OPERATORS.get(kind) or OPERATORS["text"]))
        return shown

    @property
    def kept_filters(self) -> list[tuple[str, str]]:
        return [(json.dumps(one), say(self.view, one)) for one in self.kept]

    @property
    def title(self) -> str:
        """Return its name, or what it is called without one."""
        known = [row for row in self.metrics if row.measure in view_of(self.view).measures]
        if self.name or not known:
            return self.name
        metrics = [{"measure": row.measure, "agg": self.chosen(row)} for row in known]
        fields = [one for one in self.dimensions if one in view_of(self.view).columns]
        return title_of(self.view, metrics, [{"field": one} for one in fields])

    @property
    def is_histogram(self) -> bool:
        return self.chart_type == "HISTOGRAM"

    @property
    def takes_several(self) -> bool:
        return self.chart_type in SEVERAL

    @property
    def is_split(self) -> bool:
        """Say whether there is a choice of what to split by, or one to take back."""
        return self.chart_type not in UNSPLIT or bool(self.dimensions)

    @property
    def has_limit(self) -> bool:
        return self.chart_type not in {*TIME_SERIES, *UNSPLIT}

    def _offered(self, row: MetricRow) -> list[Any]:
        if row.measure not in view_of(self.view).measures:
            return []
        offered = [one for one in aggregations_of(self.view, row.measure) if one != "histogram"]
        return [*offered, row.agg] if self.was_so(row) and row.agg not in offered else offered

    def was_so(self, row: MetricRow) -> bool:
        """Say whether the API chose the aggregation: then it stays to be chosen."""
        before = self.base.metrics if self.base else []
        return {"measure": row.measure, "agg": row.agg} in before and row.agg in AGGREGATION_NAMES

    def chosen(self, row: MetricRow) -> Any:
        """Return what is chosen, or where nothing is or a histogram leaves no choice, what is usual."""
        if self.is_histogram and "histogram" in aggregations_of(self.view, row.measure):
            return "histogram"
        if row.agg and row.agg in AGGREGATION_NAMES and row.agg != "histogram":
            return row.agg
        return aggregations_of(self.view, row.measure)[0]

    @property
    def row_errors(self) -> list[str]:
        """Return what is wrong with rows, in their order."""
        said = [*(row.error for row in self.metrics), *(row.error for row in self.filters)]
        return [error for error in said if error]

    # What changes it.

    def tidy(self) -> None:
        """Let what was chosen before follow what is chosen now: aggregations the measure, operators the column."""
        for row in self.metrics:
            if row.agg not in (offered := self._offered(row)):
                row.agg = offered[0] if offered else ""
            self._split_as_needed(row)
        for one in self.filters:
            fit(self.view, one)

    def _split_as_needed(self, row: MetricRow) -> None:
        """Split by the types that a measure is told by, without the type that is the sum of the others."""
        measure = view_of(self.view).measures.get(row.measure)
        if measure is None or measure.needs is None or measure.needs in self.dimensions:
            return
        self.dimensions = [measure.needs, *self.dimensions][:MOST_DIMENSIONS]
        if not any(one.column == measure.needs for one in self.filters):
            self.filters.append(FilterRow(measure.needs, "stringOptions:none of", "", "total"))

    def _another(self) -> MetricRow:
        """Return a row of a measure that is not asked for yet; of the first one's unit, where there is one."""
        asked = [row.measure for row in self.metrics]
        known = view_of(self.view).measures
        unit = measure_words(self.view, asked[0]).unit if asked[0] in known else None
        left = sorted(
            (one for one in known if one not in asked),
            key=lambda one: measure_words(self.view, one).unit is not unit,
        )
        return MetricRow(left[0] if left else "count")

    def change(self, do: str) -> None:
        """Add or remove the row that a button names."""
        if do == "add-filter" and len(self.filters) < MOST_ROWS:
            self.filters.append(FilterRow())
        if do == "add-metric" and len(self.metrics) < MOST_METRICS:
            self.metrics.append(self._another())
        verb, _, index = do.rpartition("-")
        if verb == "remove-filter" and index.isdecimal():
            del self.filters[int(index) : int(index) + 1]
        if verb == "remove-metric" and index.isdecimal() and len(self.metrics) > 1:
            del self.metrics[int(index) : int(index) + 1]


def draft_of(widget: Widget, *, name: str | None = None) -> Draft:
    """Return the form of a widget that there is."""
    rows = [(said, row_of(widget.view, said)) for said in widget.filters]
    config = widget.chart_config
    return Draft(
        view=widget.view,
        name=widget.name if name is None else name,
        description=widget.description,
        metrics=[MetricRow(one["measure"], one["agg"]) for one in widget.metrics],
        dimensions=[one["field"] for one in widget.dimensions],
        chart_type=widget.chart_type,
        row_limit=str(config.get("row_limit") or ""),
        bins=str(config.get("bins") or ""),
        filters=[row for _, row in rows if row],
        kept=[said for said, row in rows if not row],
        base=widget,
    )


def read_draft(view: str, posted: QueryDict, *, base: Widget | None) -> Draft:
    """Return what was typed."""

    def all_of(name: str) -> list[str]:
        return [text.replace("\x00", "") for text in posted.getlist(name)]

    def one(name: str) -> str:
        return (all_of(name) or [""])[-1].strip()

    metrics = zip_longest(all_of("measure"), all_of("agg"), fillvalue="")
    filters = zip_longest(*(all_of(name) for name in ("column", "how", "key", "value")), fillvalue="")
    return Draft(
        view=view,
        name=one("name"),
        description=one("description"),
        metrics=[MetricRow(*row) for row in metrics][:MOST_METRICS] or [MetricRow()],
        dimensions=list(dict.fromkeys(name for name in all_of("dimension") if name))[:MOST_DIMENSIONS],
        chart_type=one("chart_type"),
        row_limit=one("row_limit"),
        bins=one("bins"),
        filters=[FilterRow(*row) for row in filters][:MOST_ROWS],
        kept=read_kept(all_of("kept")),
        base=base,
    )
