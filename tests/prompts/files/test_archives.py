"""Zips and folders: what is in them comes back, and no bomb goes off."""

import io
import zipfile
from pathlib import Path

import pytest

from prompts.files.archives import Limits, read_folder, read_zip, write_folder, write_zip
from prompts.files.documents import InvalidFiles

FILES = [("a/prompt.yaml", "name: ß\n"), ("a/v1.yaml", "prompt: x\n"), ("b/prompt.json", "{}\n")]
SMALL = Limits(files=5, bytes=3_000, file_bytes=2_000)


def zipped(*files: tuple[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files:
            archive.writestr(path, body)
    return stream.getvalue()


def refusal(body: bytes) -> str:
    with pytest.raises(InvalidFiles) as caught:
        read_zip("up.zip", body, SMALL)
    return str(caught.value)


def test_zips_come_back_and_are_the_same_each_time() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for stream in (first, second):
        write_zip(stream, FILES)
    assert first.getvalue() == second.getvalue()
    read = read_zip("up.zip", first.getvalue())
    assert [(file.path, file.body.decode()) for file in read] == FILES


def test_what_is_not_ours_is_left_alone() -> None:
    odd = ("README.md", ".git/x.yaml", "__MACOSX/a/._prompt.yaml", "a/.hidden.yaml", "dir.yaml/")
    assert read_zip("up.zip", zipped(*((name, "x") for name in odd), FILES[0]))[0].path == "a/prompt.yaml"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no zip file"),
        (b"PK\x03\x04 and so on", "no zip file"),
        (zipped(FILES[0])[:-30], "no zip file"),
        (zipped(("a.yaml", "x" * 2_001)), "up.zip/a.yaml: The file has more than 2,000 bytes"),
        (zipped(("a.yaml", "x" * 2_000), ("b.yaml", "x" * 2_000)), "more than 3,000 bytes when they are"),
        (zipped(*((f"{number}.md", "") for number in range(6))), "more than 5 files"),
        (
            zipped(("a.yaml", b"x"), ("a\\b.yaml", b"x"), ("a/b.yaml", b"x")),
            "up.zip/a/b.yaml: The file is there",
        ),
    ],
)
def test_zips_refused(body: bytes, told: str) -> None:
    assert told in refusal(body)


def test_a_size_that_lies_and_an_entry_with_a_password() -> None:
    body = zipped(("a.yaml", "x" * 1_000_000))
    lying = body.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert "no zip file" in refusal(lying)
    locked = bytearray(zipped(("a.yaml", "x")))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(bytes(locked))


def test_folders(tmp_path: Path) -> None:
    first = write_folder(tmp_path, FILES, delete=False)
    assert (first.written, first.same, first.stale) == (3, 0, [])
    assert [(file.path, file.body.decode()) for file in read_folder(tmp_path)] == FILES
    (tmp_path / "README.md").write_text("mine")
    second = write_folder(tmp_path, FILES[:2], delete=False)
    assert (second.written, second.same, second.stale) == (0, 2, [tmp_path / "b/prompt.json"])
    write_folder(tmp_path, FILES[:2], delete=True)
    assert not (tmp_path / "b").exists() and (tmp_path / "README.md").exists()


def test_folders_too_large(tmp_path: Path) -> None:
    write_folder(tmp_path, [("a.yaml", "x" * 2_001)], delete=False)
    with pytest.raises(InvalidFiles, match="more than 2,000"):
        list(read_folder(tmp_path, SMALL))
    write_folder(tmp_path, [("a.yaml", "x"), *((f"{n}.yaml", "x" * 600) for n in range(5))], delete=False)
    with pytest.raises(InvalidFiles, match="too much"):
        list(read_folder(tmp_path, SMALL))
