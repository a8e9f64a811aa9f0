"""A folder, what is searched in it and the number of a page in; the rows of that page out."""

from dataclasses import dataclass

from django.utils.http import urlencode

from prompts.lists import (
    Crumb,
    Folder,
    Listed,
    Page,
    Search,
    count_uses,
    crumbs_of,
    find_prompts,
    list_folder,
)
from prompts.screens import names_of
from prompts.ui.facets import Facets, list_facets
from prompts.ui.links import prompt_address

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address asks for; pages count from 1."""

    folder: str
    search: Search
    page: int

    @property
    def start(self) -> int:
        return (self.page - 1) * PER_PAGE

    @property
    def is_narrowed(self) -> bool:
        return bool(self.folder or self.search or self.start)

    def link(self, page: int) -> str:
        """Return the query of another page of the same."""
        names = ("folder", "q", "type", "label", "tag", "page")
        search = (self.search.query, self.search.type, self.search.label, self.search.tag)
        values = (self.folder, *search, str(page))
        return f"?{urlencode({name: value for name, value in zip(names, values, strict=True) if value})}"


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt of the list; its name without the folder that is open; `uses` None: counted when the page is there."""

    prompt: Listed
    name: str
    link: str
    editor: str | None
    uses: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """`facets` None: the project has no prompts."""

    crumbs: list[Crumb]
    folders: list[Folder]
    rows: list[Row]
    facets: Facets | None
    total: int
    first: int
    last: int
    here: str
    previous: str
    next: str

    @property
    def is_empty(self) -> bool:
        return self.facets is None


def listing_of(project_id: str, wish: Wish, *, counts_uses: bool) -> Listing:
    """Return what lies in a folder, or what a search finds below it."""
    found = _find(project_id, wish)
    uses = count_uses(project_id, found.prompts) if counts_uses else None
    end = wish.start + PER_PAGE
    return Listing(
        crumbs=crumbs_of(wish.folder),
        folders=found.folders,
        rows=_rows(project_id, wish, found, uses),
        facets=list_facets(project_id) if found.total or wish.is_narrowed else None,
        total=found.total,
        first=wish.start + 1,
        last=min(end, found.total),
        here=wish.link(wish.page),
        previous=wish.link(wish.page - 1) if wish.page > 1 else "",
        next=wish.link(wish.page + 1) if found.total > end else "",
    )


def uses_on_page(project_id: str, wish: Wish) -> dict[str, int]:
    """Return the uses of the prompts on a page by their ids."""
    return count_uses(project_id, _find(project_id, wish).prompts)


def _find(project_id: str, wish: Wish) -> Page:
    if wish.search:
        return find_prompts(project_id, wish.folder, wish.search, limit=PER_PAGE, offset=wish.start)
    return list_folder(project_id, wish.folder, limit=PER_PAGE, offset=wish.start)


def _rows(project_id: str, wish: Wish, found: Page, uses: dict[str, int] | None) -> list[Row]:
    editors = names_of([one.changed_by for one in found.prompts])
    hidden = len(wish.folder) + 1 if wish.folder and not wish.search else 0
    return [
        Row(
            prompt=one,
            name=one.name[hidden:],
            link=str(prompt_address(project_id, one.name)),
            editor=editors.get(one.changed_by),
            uses=None if uses is None else uses[one.id],
        )
        for one in found.prompts
    ]
