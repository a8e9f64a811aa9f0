"""Files in, the prompts that they describe out, or everything that is wrong with them by file and line."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any

from langfuse_site.lib.errors import InvalidData, InvalidRequest
from prompts.files import exact_json, exact_yaml
from prompts.files.documents import Problem, Problems, PromptDocument, Source, VersionDocument
from prompts.files.fields import MAX_NUMBER, Fields
from prompts.files.layout import FILE, PROMPT
from prompts.files.values import MAX_VALUES, Budget, Located, NotJson
from prompts.wire import NewVersion, read_new_version

ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class File:
    """A file by its path, with `/` between the folders."""

    path: str
    body: bytes

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def read_prompts(
    files: Iterable[File], *, now: datetime, max_version_bytes: int, max_values: int = MAX_VALUES
) -> list[PromptDocument]:
    """Return the prompts of all folders, by name; raise InvalidFiles.

    A prompt is a folder with a file `prompt.yaml` and a file `v1.yaml` (and so on) for each version, or
    `.yml` or `.json`. Files of other kinds elsewhere are left alone.
    """
    return _Reading(now, max_version_bytes, Budget(max_values)).documents(files)


@dataclass(slots=True)
class _Reading:
    now: datetime
    max_version_bytes: int
    budget: Budget
    problems: Problems = field(default_factory=Problems)

    def documents(self, files: Iterable[File]) -> list[PromptDocument]:
        folders: dict[str, list[File]] = defaultdict(list)
        for file in files:
            folders[file.folder].append(file)
        read = [self._prompt(folders[folder]) for folder in sorted(folders)]
        found = sorted((one for one in read if one is not None), key=lambda one: one.name)
        if not found and not self.problems.found:
            self.problems.add(Problem("", 0, f"There is no {PROMPT}.yaml in any of the folders"))
        self._check_twins(found)
        self.problems.end()
        return found

    def _prompt(self, files: list[File]) -> PromptDocument | None:
        """Return the prompt of a folder; a folder without any is no matter of ours."""
        ours = {file.name: file for file in files if FILE.fullmatch(file.name)}
        if not ours:
            return None
        heads = [file for name, file in ours.items() if name.startswith(f"{PROMPT}.")]
        if not heads:
            self._tell(min(ours.values(), key=lambda one: one.name), f"There is no {PROMPT}.yaml beside this")
            return None
        for file in files:
            if file.name.endswith(ENDINGS) and file.name not in ours:
                self._tell(file, f"A file of a prompt is {PROMPT}.yaml, v1.yaml, v2.yaml and so on")
        if len(heads) > 1:
            self._tell(heads[1], f"{heads[0].name} is there too")
        head = self._head(heads[0])
        versions = [file for file in ours.values() if file not in heads]
        return replace(head, versions=tuple(self._versions(versions, head))) if head else None

    def _head(self, file: File) -> PromptDocument | None:
        fields = self._fields(file)
        if fields is None:
            return None
        document = PromptDocument(
            name=fields.text("name", required=True) or "",
            type=fields.text("type") or "text",
            labels=fields.labels(),
            tags=fields.texts("tags"),
            id=fields.id(),
            created_at=fields.moment("createdAt"),
            moves=fields.moves(),
            source=fields.source,
        )
        fields.end()
        if not document.name:
            return None
        # The rules of the API hold; what a version has is left for the file of the version.
        body = {
            "name": document.name,
            "type": document.type,
            "prompt": [] if document.type == "chat" else "",
            "labels": list(document.labels),
            "tags": None if document.tags is None else list(document.tags),
        }
        new = self._checked(fields.source, body)
        return replace(document, name=new.name) if new else None

    def _versions(self, files: list[File], head: PromptDocument) -> Iterator[VersionDocument]:
        numbers: dict[int, File] = {}
        for file in sorted(files, key=lambda one: (len(one.name), one.name)):
            match = FILE.fullmatch(file.name)
            number = int(match["number"]) if match else 0
            if number > MAX_NUMBER:
                self._tell(file, f"Versions are numbered up to {MAX_NUMBER:,}")
            elif number in numbers:
                self._tell(file, f"{numbers[number].name} is there too")
            elif version := self._version(file, number, head):
                numbers[number] = file
                yield version

    def _version(self, file: File, number: int, head: PromptDocument) -> VersionDocument | None:
        fields = self._fields(file)
        if fields is None:
            return None
        content, config = fields.take("prompt"), fields.take("config")
        message = fields.take("commitMessage")
        identity, created_at, created_by = fields.id(), fields.moment("createdAt"), fields.text("createdBy")
        fields.end()
        body = {"name": "x", "type": head.type, "prompt": content, "config": config, "commitMessage": message}
        new = self._checked(fields.source, body)
        if new is None:
            return None
        size = len(json.dumps([new.content, new.config], ensure_ascii=False).encode())
        if size > self.max_version_bytes:
            self.problems.add(
                fields.source.problem(f"A version has at most {self.max_version_bytes:,} bytes", "prompt")
            )
        return VersionDocument(
            number=number,
            content=new.content,
            config=new.config,
            commit_message=new.commit_message,
            id=identity,
            created_at=created_at,
            created_by=created_by,
            source=fields.source,
        )

    def _fields(self, file: File) -> Fields | None:
        """Return the mapping that a file holds."""
        format = exact_json if file.name.endswith(".json") else exact_yaml
        try:
            text = file.body.decode("utf-8-sig")
            value = format.load(text, self.budget)
        except UnicodeDecodeError as error:
            line = file.body.count(b"\n", 0, error.start) + 1
            self.problems.add(Problem(file.path, line, "This is not UTF-8"))
            return None
        except NotJson as error:
            self.problems.add(Problem(file.path, error.line, error.message))
            return None
        if isinstance(value, dict):
            return Fields(value, Source(file.path, _lazily(format, text)), self.now, self.problems)
        self.problems.add(Problem(file.path, 1, "Expected keys with values"))
        return None

    def _checked(self, source: Source, body: dict[str, Any]) -> NewVersion | None:
        """Return what the API would take of such a body, or None with the problems told."""
        try:
            return read_new_version(body)
        except InvalidData as error:
            for one in error.issues:
                path = one["path"]
                if path[0] == "labels":
                    path = [path[0], *(body["labels"][index] for index in path[1:])]
                where = ".".join(map(str, path))
                self.problems.add(source.problem(f"{where}: {one['message']}", *path))
        except InvalidRequest as error:
            self.problems.add(source.problem(error.message, "prompt"))
        return None

    def _check_twins(self, documents: list[PromptDocument]) -> None:
        known: dict[tuple[str, str], Source] = {}
        for document in documents:
            self._check_twin(known, ("name", document.name), document.source)
            self._check_twin(known, ("id", document.id), document.source)
            for version in document.versions:
                self._check_twin(known, ("id", version.id), version.source)

    def _check_twin(
        self, known: dict[tuple[str, str], Source], key: tuple[str, str | None], source: Source
    ) -> None:
        kind, value = key
        if value is None:
            return
        first = known.setdefault((kind, value), source)
        if first is not source:
            advice = ": leave it out in a file that you write" if kind == "id" else ""
            self.problems.add(source.problem(f"This {kind} is that of {first.file}{advice}", kind))

    def _tell(self, file: File, message: str) -> None:
        self.problems.add(Problem(file.path, 0, message))


def _lazily(format: ModuleType, text: str) -> Located:
    """Return what finds lines; a file without problems is not read for it."""
    located = cache(lambda: format.locate(text))
    return lambda path: located()(path)
