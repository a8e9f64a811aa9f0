"""A prompt as it is outside the database: what files are made of and read into."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prompts.files.values import Located

CAUSES = frozenset({"create", "label", "remove", "delete", "roll_back", "change_request", "import"})
ACTORS = frozenset({"USER", "API_KEY", "SYSTEM"})
MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file; `line` 0: with the whole of it. No file: with all of them."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" if place else self.message


class InvalidFiles(Exception):
    """Files that can't be imported; nothing of them has been."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Problems:
    """What is found wrong, up to a number that people can still read: then no more is looked for."""

    found: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.found.append(problem)
        if len(self.found) >= MAX_PROBLEMS:
            raise InvalidFiles(self.found)

    def end(self) -> None:
        if self.found:
            raise InvalidFiles(self.found)


@dataclass(frozen=True, slots=True)
class Source:
    """The file that something was read from; `located` finds the line of a key in it."""

    file: str
    located: Located

    def problem(self, message: str, *path: str | int) -> Problem:
        return Problem(self.file, self.located(path), message)


NOWHERE = Source("", lambda path: 0)


@dataclass(frozen=True, slots=True)
class VersionDocument:
    """A version. Files that people write have neither `id` nor when and by whom it was created."""

    number: int
    content: Any
    config: Any
    commit_message: str | None = None
    id: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    source: Source = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class MoveDocument:
    """A label taken from one version to another, by their numbers; None: from or to none."""

    at: datetime
    label: str
    from_number: int | None
    to_number: int | None
    cause: str
    reason: str
    actor: str
    user_id: str | None
    api_key_id: str | None


@dataclass(frozen=True, slots=True)
class PromptDocument:
    """A prompt. `labels` without `latest`, which follows from the numbers; `tags` None: as they are."""

    name: str
    type: str
    labels: dict[str, int]
    tags: tuple[str, ...] | None = None
    id: str | None = None
    created_at: datetime | None = None
    moves: tuple[MoveDocument, ...] = ()
    versions: tuple[VersionDocument, ...] = ()
    source: Source = field(default=NOWHERE, compare=False)
