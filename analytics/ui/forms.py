"""What members type about dashboards and the places of tiles in; checked fields out."""

from typing import Any

from django import forms


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
