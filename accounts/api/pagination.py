"""`page` and `limit` of a query in, a slice of rows and the `meta` of the response out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langfuse_site.lib.errors import InvalidData, issue

MAX_PAGE = 10_000_000
WHOLE = re.compile(r"\s*[+-]?[0-9]{1,20}\s*")


@dataclass(frozen=True, slots=True)
class PageNumber:
    page: int
    limit: int

    @classmethod
    def from_query(
        cls, query: Mapping[str, Any], *, default_limit: int = 50, max_limit: int = 100, first_page: int = 1
    ) -> "PageNumber":
        """Read the two parameters; the empty string counts as absent, anything else wrong is a 400."""
        issues: list[dict[str, Any]] = []
        page = _whole(query, "page", default=1, least=first_page, most=MAX_PAGE, issues=issues)
        limit = _whole(query, "limit", default=default_limit, least=1, most=max_limit, issues=issues)
        if issues:
            raise InvalidData(issues)
        return cls(page, limit)

    @property
    def offset(self) -> int:
        return max(self.page - 1, 0) * self.limit

    @property
    def rows(self) -> slice:
        """Return the slice of a list or queryset that this page shows."""
        return slice(self.offset, self.offset + self.limit)

    def meta(self, total: int) -> dict[str, int]:
        """Return the `meta` of a page out of `total` items."""
        return {
            "page": self.page,
            "limit": self.limit,
            "totalItems": total,
            "totalPages": -(-total // self.limit),
        }


def limit_from_query(
    query: Mapping[str, Any], *, default: int, least: int, most: int, name: str = "limit"
) -> int:
    """Read `limit` of a list that pages by cursor, by the same rules."""
    issues: list[dict[str, Any]] = []
    limit = _whole(query, name, default=default, least=least, most=most, issues=issues)
    if issues:
        raise InvalidData(issues)
    return limit


def _whole(
    query: Mapping[str, Any], name: str, *, default: int, least: int, most: int, issues: list[dict[str, Any]]
) -> int:
    text = query.get(name)
    if text is None or text == "":
        return default
    if not WHOLE.fullmatch(str(text)):
        issues.append(issue([name], "Expected number, received nan", code="invalid_type"))
        return default
    number = int(str(text))
    if number < least:
        issues.append(issue([name], f"Number must be greater than or equal to {least}", code="too_small"))
    elif number > most:
        issues.append(issue([name], f"Number must be less than or equal to {most}", code="too_big"))
    return number
