"""Files of prompts: what they give back of what was written, and every fault by file and line."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Actor
from prompts.files.documents import (
    ACTORS,
    CAUSES,
    MAX_PROBLEMS,
    InvalidFiles,
    MoveDocument,
    PromptDocument,
    VersionDocument,
)
from prompts.files.reading import File, read_prompts
from prompts.files.writing import FORMATS, Format, prompt_file, version_file
from prompts.models import MoveCause

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
PROMPT = PromptDocument(
    name="support/greeting",
    type="chat",
    labels={"production": 1, "staging": 2},
    tags=("a", "b"),
    id="p1",
    created_at=AT,
    moves=(
        MoveDocument(AT, "production", None, 1, "create", "", "API_KEY", None, "k1"),
        MoveDocument(AT, "old", 1, None, "remove", "two\nlines", "USER", "u1", None),
    ),
    versions=(
        VersionDocument(
            1, [{"role": "user", "content": "a\nb"}], {"n": [1.5, None]}, "first", "v1", AT, "API"
        ),
        VersionDocument(2, [{"type": "placeholder", "name": "h"}], {}, None, "v2", AT, "u1"),
    ),
)


def files_of(document: PromptDocument, format: Format, folder: str = "f") -> list[File]:
    written = [prompt_file(document, format), *(version_file(one, format) for one in document.versions)]
    return [File(f"{folder}/{name}", text.encode()) for name, text in written]


def read(*files: tuple[str, str]) -> list[PromptDocument]:
    found = [File(path, text.encode()) for path, text in files]
    return read_prompts(found, now=NOW, max_version_bytes=1_000)


def problems(*files: tuple[str, str]) -> list[str]:
    with pytest.raises(InvalidFiles) as caught:
        read(*files)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_written_is_read(format: Format) -> None:
    files = files_of(PROMPT, format)
    assert read_prompts(files, now=NOW, max_version_bytes=1_000) == [PROMPT]


def test_what_people_write() -> None:
    assert read(
        ("prompt.yaml", "name: hello\nlabels: {production: 2}"),
        ("v1.yml", "prompt: Hello"),
        ("v2.json", '{"prompt": "Hello!", "config": {"model": "gpt-4o"}, "commitMessage": "Loud"}'),
        ("README.md", "Prompts"),
        ("other/settings.yaml", "a: ["),
    ) == [
        PromptDocument(
            name="hello",
            type="text",
            labels={"production": 2},
            versions=(
                VersionDocument(1, "Hello", {}),
                VersionDocument(2, "Hello!", {"model": "gpt-4o"}, "Loud"),
            ),
        )
    ]


HEAD = ("p/prompt.yaml", "name: p\n")
CHAT = ("p/prompt.yaml", "name: p\ntype: chat\n")
V1 = ("p/v1.yaml", "prompt: x\n")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("p/prompt.yaml", "type: text")], "p/prompt.yaml:1: 'name' is missing"),
        ([("p/prompt.yaml", "type: text\nname: a|b")], "p/prompt.yaml:2: name: Prompt name cannot contain '|'"),
        ([("p/prompt.yaml", "name: p\ntype: image")], "p/prompt.yaml:2: type: Type must be"),
        ([("p/prompt.yaml", "name: p\nlabel: x")], "p/prompt.yaml:2: 'label' is not known here"),
        ([("p/prompt.yaml", "name: p\nlabels:\n  a: 1\n  B: 1")], "p/prompt.yaml:4: labels.B: Label must be"),
        ([("p/prompt.yaml", "name: p\nlabels:\n  a: x")], "p/prompt.yaml:3: A version is a number"),
        ([("p/prompt.yaml", "name: p\nlabels: {latest: 1}")], "p/prompt.yaml:2: 'latest' is always"),
        ([("p/prompt.yaml", "name: p\ntags: a")], "p/prompt.yaml:2: 'tags' must be a list"),
        ([("p/prompt.yaml", "name: p\ncreatedAt: 2026-03-01")], "p/prompt.yaml:2: 'createdAt' must be a moment"),
        ([("p/prompt.yaml", "name: p\ncreatedAt: 2027-01-01T00:00:00Z")], "p/prompt.yaml:2: 'createdAt' lies"),
        ([("p/prompt.yaml", "name: p\nid: a b")], "p/prompt.yaml:2: An id has"),
        ([("p/prompt.yaml", "name: p\nhistory:\n  - label: a")], "p/prompt.yaml:3: 'at' is missing"),
        (
            [("p/prompt.yaml", "name: p\nhistory:\n  - {at: 2026-01-01T00:00:00Z, label: a}")],
            "p/prompt.yaml:3: A move has a version",
        ),
        ([("p/prompt.yaml", "- name: p")], "p/prompt.yaml:1: Expected keys with values"),
        ([("p/prompt.yaml", "name: 'p")], "p/prompt.yaml:1: This is no YAML"),
        ([("p/prompt.json", '{"name":\n}')], "p/prompt.json:2: This is no JSON"),
        ([HEAD, ("p/v1.yaml", "config: {}")], "p/v1.yaml:1: prompt: Required"),
        ([HEAD, ("p/v1.yaml", "config: {}\nprompt: [x]")], "p/v1.yaml:2: prompt: Expected string"),
        ([CHAT, ("p/v1.yaml", "prompt:\n  - role: user\n    content: 1")], "p/v1.yaml:3: prompt.0.content:"),
        (
            [CHAT, ("p/v1.yaml", "prompt:\n  - {role: u, content: '{{a}}'}\n  - {type: placeholder, name: a}")],
            "p/v1.yaml:1: Variables and placeholders",
        ),
        ([HEAD, ("p/v1.yaml", f"prompt: x\ncommitMessage: {'m' * 501}")], "p/v1.yaml:2: commitMessage: Commit"),
        ([HEAD, ("p/v1.yaml", f"prompt: {'x' * 1_000}")], "p/v1.yaml:1: A version has at most 1,000 bytes"),
        ([HEAD, ("p/v1000001.yaml", "prompt: x")], "p/v1000001.yaml: Versions are numbered up to"),
        ([HEAD, V1, ("p/v1.json", '{"prompt": "x"}')], "p/v1.yaml: v1.json is there too"),
        ([HEAD, V1, ("p/prompt.json", '{"name": "p"}')], "p/prompt.json: prompt.yaml is there too"),
        ([HEAD, V1, ("p/version2.yaml", "prompt: x")], "p/version2.yaml: A file of a prompt is"),
        ([("README.md", "x")], "There is no prompt.yaml in any"),
        ([HEAD, ("q/v1.yaml", "prompt: x")], "q/v1.yaml: There is no prompt.yaml beside this"),
        ([HEAD, V1, ("q/prompt.yaml", "name: p")], "q/prompt.yaml:1: This name is that of p/prompt.yaml"),
        (
            [HEAD, ("p/v1.yaml", "prompt: x\nid: v"), ("p/v2.yaml", "prompt: y\nid: v")],
            "p/v2.yaml:2: This id is that of p/v1.yaml: leave it out",
        ),
    ],
)  # fmt: skip
def test_faults(files: list[tuple[str, str]], told: str) -> None:
    found = problems(*files)
    assert len(found) == 1 and found[0].startswith(told), found


def test_all_faults_are_told_up_to_a_number() -> None:
    assert len(problems(HEAD, ("p/v1.yaml", "a: 1\nb: 2"), ("p/v2.yaml", "a"))) == 4
    many = "\n".join(f"k{number}: 1" for number in range(1_000))
    assert len(problems(("p/prompt.yaml", f"name: p\n{many}"))) == MAX_PROBLEMS


def test_text_that_is_no_utf8() -> None:
    with pytest.raises(InvalidFiles, match=r"prompt.yaml:2: This is not UTF-8"):
        read_prompts([File("prompt.yaml", b"name: x\n\xff")], now=NOW, max_version_bytes=9)


@pytest.mark.parametrize(("known", "choices"), [(CAUSES, MoveCause.values), (ACTORS, Actor.values)])
def test_words_are_those_of_the_tables(known: frozenset[str], choices: list[Any]) -> None:
    assert set(known) == set(choices)
