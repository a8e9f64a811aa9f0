"""Columns that Django has no name for."""

from typing import Any

from django.db import models


class NumericField(models.DecimalField):  # type: ignore[type-arg]
    """PostgreSQL's numeric without bounds: sums of any rows fit, to the last digit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 1000, "decimal_places": 500, **kwargs})

    def db_type(self, connection: Any) -> str:
        return "numeric"
