"""What members type about dashboards, tiles and widgets in; checked fields out."""

import json
from typing import Any

from django import forms

from analytics.metrics.views.catalog import VIEWS
from analytics.metrics.views.parts import MetricsView
from analytics.saved.questions import TIME_SERIES

VIEW_NAMES = {
    "traces": "Traces",
    "observations": "Observations",
    "scores-numeric": "Scores: numbers",
    "scores-boolean": "Scores: yes or no",
    "scores-categorical": "Scores: categories",
}
CHARTS = [
    ("LINE_TIME_SERIES", "Lines over time"),
    ("AREA_TIME_SERIES", "Areas over time"),
    ("BAR_TIME_SERIES", "Bars over time"),
    ("HORIZONTAL_BAR", "Horizontal bars"),
    ("VERTICAL_BAR", "Vertical bars"),
    ("PIE", "Ring"),
    ("NUMBER", "One number"),
    ("HISTOGRAM", "Histogram"),
    ("PIVOT_TABLE", "Table"),
]
AGGREGATIONS = ("sum", "count", "avg", "p50", "p75", "p90", "p95", "p99", "min", "max", "uniq", "histogram")


class DashboardForm(forms.Form):
    name = forms.CharField(max_length=200)
    description = forms.CharField(max_length=2_000, required=False)


class PlaceForm(forms.Form):
    """Where a tile stands on the twelve columns; what does not fit is moved to the left."""

    x = forms.IntegerField(min_value=0, max_value=11)
    y = forms.IntegerField(min_value=0, max_value=10_000)
    width = forms.IntegerField(min_value=1, max_value=12)
    height = forms.IntegerField(min_value=1, max_value=24)

    def clean(self) -> dict[str, Any]:
        place = super().clean() or {}
        if "x" in place and "width" in place:
            place["x"] = min(place["x"], 12 - place["width"])
        return place


class WidgetForm(forms.Form):
    """A widget of one view, with one metric and up to one dimension; the API makes those with more."""

    name = forms.CharField(max_length=200)
    measure = forms.ChoiceField()
    agg = forms.ChoiceField(label="Aggregation", choices=[(name, name) for name in AGGREGATIONS])
    dimension = forms.ChoiceField(label="Split by", required=False)
    chart_type = forms.ChoiceField(label="Chart", choices=CHARTS)
    row_limit = forms.IntegerField(label="At most rows", min_value=1, max_value=1000, required=False)
    filters = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        required=False,
        help_text='JSON as the API takes it: [{"type": "string", "column": "environment", "operator": "=",'
        ' "value": "production"}]',
    )

    def __init__(self, view: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.view = view
        shown = view_of(view)
        self.fields["measure"].choices = [(name, name) for name in shown.measures]  # type: ignore[attr-defined]
        dimensions = [(name, name) for name in shown.dimensions]
        self.fields["dimension"].choices = [("", "Nothing"), *dimensions]  # type: ignore[attr-defined]

    def clean_filters(self) -> list[Any]:
        text = self.cleaned_data["filters"].strip()
        if not text:
            return []
        try:
            filters = json.loads(text)
        except ValueError:
            raise forms.ValidationError("This is not JSON.") from None
        if not isinstance(filters, list):
            raise forms.ValidationError("A list of filters is expected: [{…}].")
        return filters

    def columns(self) -> dict[str, Any]:
        """Return the columns of the widget."""
        said = self.cleaned_data
        config: dict[str, Any] = {"type": said["chart_type"]}
        if said["row_limit"] and said["chart_type"] not in TIME_SERIES:
            config["row_limit"] = said["row_limit"]
        return {
            "name": said["name"],
            "view": self.view,
            "dimensions": [{"field": said["dimension"]}] if said["dimension"] else [],
            "metrics": [{"measure": said["measure"], "agg": said["agg"]}],
            "filters": said["filters"],
            "chart_type": said["chart_type"],
            "chart_config": config,
        }


def view_of(view: str) -> MetricsView:
    return VIEWS["v1" if view == "traces" else "v2"][view]  # type: ignore[index]
