"""`export_prompts` and `import_prompts`, as somebody with a shell uses them."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditLog
from prompts.models import Prompt, PromptVersion
from tests.cast import Cast
from tests.prompts.making import holder, make_version


def run(command: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_folder_there_and_back(cast: Cast, tmp_path: Path) -> None:
    project_id = cast.a.project_id
    make_version(project_id, "a/b", labels=["production"], prompt="one\ntwo", tags=["t"])
    assert "2 written, 0 as they were" in run("export_prompts", project_id, tmp_path)
    assert "0 written, 2 as they were" in run("export_prompts", project_id, tmp_path)
    assert (tmp_path / "a/b/v1.yaml").read_text().startswith("prompt: |-\n  one\n  two\n")
    assert run("import_prompts", project_id, tmp_path) == "= 1 prompt is as the files say\n"
    (tmp_path / "a/b/v2.yaml").write_text("prompt: |-\n  one\n  three\n")
    head = tmp_path / "a/b/prompt.yaml"
    head.write_text(head.read_text().replace("production: 1", "production: 2\n  x: 2").replace("- t", "- u"))
    told = run("import_prompts", project_id, tmp_path, "--dry-run")
    assert told == (
        "~ a/b\n"
        "    new: version 2\n"
        "    production stays with 1, the files have it on 2: it moves only when that is asked for\n"
        "    x: no version → 2\n"
        "    tags: t → u\n"
        "    version 2 against version 1:\n"
        "      Text\n"
        "          one\n"
        "        - two\n"
        "        + three\n"
        "to move it too: --move production\n"
        "a dry run: nothing is changed\n"
    )
    assert PromptVersion.objects.count() == 1
    run("import_prompts", project_id, tmp_path, "--move", "production", reason="go")
    assert (holder(project_id, "production", "a/b"), holder(project_id, "x", "a/b")) == (2, 2)
    assert AuditLog.objects.get(action="import").type == "SYSTEM"


def test_files_of_what_is_gone(cast: Cast, tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_version(cast.a.project_id, name)
    run("export_prompts", cast.a.project_id, tmp_path)
    Prompt.objects.get(name="b").delete()
    assert f"no longer in the project: {tmp_path}/b/v1.yaml" in run(
        "export_prompts", cast.a.project_id, tmp_path
    )
    run("export_prompts", cast.a.project_id, tmp_path, "--delete")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "prompt.yaml", "v1.yaml"]


def test_a_zip_of_one_prompt_into_another_project(cast: Cast, tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_version(cast.a.project_id, name)
    target = tmp_path / "prompts.zip"
    run("export_prompts", cast.a.project_id, target, "--format", "json", "--prompt", "a")
    told = run("import_prompts", cast.b.project_id, target, "--as", "OUTSIDER@example.com")
    assert told == "+ a (new, text)\n    new: version 1\n"
    made = PromptVersion.objects.get(prompt__project=cast.b.project)
    assert (made.prompt.name, made.created_by) == ("a", "API")
    assert AuditLog.objects.get(action="import").user_id == cast.outsider.pk


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("name: [", [], "p/prompt.yaml:1: This is no YAML"),
        ("name: p", ["--as", "viewer@example.com"], "lacks prompts:CUD"),
        ("name: p", ["--as", "nobody@example.com"], "no active user"),
    ],
)
def test_imports_refused(cast: Cast, tmp_path: Path, text: str, arguments: list[str], told: str) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/prompt.yaml").write_text(text)
    with pytest.raises(CommandError, match=told):
        run("import_prompts", cast.a.project_id, tmp_path, *arguments)
    assert not Prompt.objects.exists()


def test_what_is_not_there(cast: Cast, tmp_path: Path) -> None:
    for arguments in (
        ["none", tmp_path],
        [cast.a.project_id, tmp_path / "none"],
        [cast.a.project_id, tmp_path],
    ):
        with pytest.raises(CommandError):
            run("import_prompts", *arguments)
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="can't write"):
        make_version(cast.a.project_id)
        run("export_prompts", cast.a.project_id, tmp_path / "file")
