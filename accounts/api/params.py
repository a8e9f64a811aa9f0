"""The text of a query parameter in, a moment out, or why it is none."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime


class MomentField(forms.Field):
    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            moment = parse_datetime(value)
        except ValueError:
            moment = None
        if moment is None:
            raise forms.ValidationError("Invalid datetime: ISO 8601 is expected", code="invalid_string")
        if moment.tzinfo is None:
            raise forms.ValidationError(
                "Invalid datetime: `Z` or an offset is missing", code="invalid_string"
            )
        return moment
