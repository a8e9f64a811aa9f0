"""The query parameters of the routes of prompts in, versions narrowed by them out."""

import re
from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from accounts.api.params import MomentField
from langfuse_site.lib.errors import InvalidData, issue
from langfuse_site.lib.ids import key_of
from prompts.models import PromptVersion

MAX_VERSION = 2**31 - 1
WHOLE = re.compile(r"[0-9]{1,10}")


class MomentFilter(django_filters.Filter):
    field_class = MomentField


class WholeFilter(django_filters.NumberFilter):
    """A number without a fraction."""

    field_class = forms.IntegerField


class NameFilter(django_filters.CharFilter):
    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return qs.filter(prompt__name_key=key_of(value)) if value else qs


class TagFilter(django_filters.CharFilter):
    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        return qs.filter(prompt__tags__contains=[value]) if value else qs


class VersionFilters(django_filters.FilterSet):
    """Which versions count: lists show a prompt by those that match."""

    name = NameFilter(strip=False)
    version = WholeFilter(field_name="version", min_value=0, max_value=MAX_VERSION)
    label = django_filters.CharFilter(field_name="labels__label", strip=False)
    tag = TagFilter(strip=False)
    fromUpdatedAt = MomentFilter(field_name="updated_at", lookup_expr="gte")
    toUpdatedAt = MomentFilter(field_name="updated_at", lookup_expr="lt")

    def narrowed(self) -> QuerySet[PromptVersion]:
        """Return the versions that all the parameters ask for; one that can't be read is a 400."""
        if not self.is_valid():
            raise InvalidData(list(self._issues()))
        versions: QuerySet[PromptVersion] = self.qs
        return versions

    def _issues(self) -> Iterator[dict[str, Any]]:
        for name, errors in self.form.errors.items():
            yield from (issue([name], str(error)) for error in errors)


def version_of(text: str | None) -> int | None:
    """Return the number of a version that a query names; the empty string counts as absent."""
    if not text:
        return None
    if not WHOLE.fullmatch(text) or int(text) > MAX_VERSION:
        raise InvalidData([issue(["version"], "Expected a whole number", code="invalid_type")])
    return int(text)
