"""Folders of prompts: readable where names are, apart on disks that know no cases, within what disks take."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.files.layout import FILE, MAX_FOLDER_BYTES, folders_of

PARTS = st.sampled_from(
    [
        "a",
        "A",
        "é",
        "e\u0301",
        "..",
        ".",
        "con",
        "COM1.x",
        "v1.yaml",
        "prompt.json",
        "a ",
        "%41",
        "~",
        "x" * 150,
    ]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\x00"), min_size=1, max_size=200)
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("support/greeting", "support/greeting"),
        ("größe/日本 x", "größe/日本 x"),
        ("..", "%2E%2E"),
        ("a/../b", "a/%2E%2E/b"),
        ("50%: why?", "50%25%3A why%3F"),
        ("con/lpt1.txt", "%63on/%6Cpt1.txt"),
        ("v1.yaml", "v1%2Eyaml"),
        ("line\nbreak ", "line%0Abreak%20"),
        ("x" * 150, "x" * 83 + "~a09244d54a7ed6e9"),
    ],
)
def test_folders(name: str, folder: str) -> None:
    assert folders_of([name]) == {name: folder}


def test_names_that_differ_in_case_alone_are_marked() -> None:
    folders = folders_of(["Support/a", "support/b", "Greeting", "greeting"])
    assert (folders["Support/a"], folders["support/b"]) == ("Support/a", "support/b")
    assert folders["Greeting"].startswith("Greeting~") and folders["greeting"].startswith("greeting~")


@given(st.sets(NAMES, max_size=8))
def test_every_disk_takes_them_and_tells_them_apart(names: set[str]) -> None:
    folders = folders_of(names)
    seen = {unicodedata.normalize("NFC", folder).casefold() for folder in folders.values()}
    assert len(seen) == len(names)
    for folder in folders.values():
        assert len(folder.encode()) <= MAX_FOLDER_BYTES + 20
        assert all(
            part and part not in {".", ".."} and len(part.encode()) <= 110 for part in folder.split("/")
        )
        assert not any(FILE.fullmatch(part) for part in folder.split("/"))
