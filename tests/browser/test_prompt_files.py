"""Prompts leave as a zip and come back changed: seen before they are imported, served after."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson, create_project, sign_up
from tests.live import LiveServer

pytestmark = pytest.mark.services

HEAD = "name: support/greeting\nlabels:\n  production: {}\n"


def zipped(folder: Path, **files: str) -> Path:
    target = folder / "prompts.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"support/greeting/{name}.yaml", text)
    return target


def upload(page: Page, target: Path) -> None:
    page.get_by_label("Zip file").set_input_files(target)
    page.get_by_role("button", name="Show what would change").click()


def test_a_folder_becomes_prompts(person: NewPerson, server: LiveServer, tmp_path: Path) -> None:
    page = person()
    sign_up(page, "Filer")
    project = create_project(page, "Files", "Prompts in git")
    page.goto(f"{project}/prompt-files/import")
    upload(page, zipped(tmp_path, prompt=HEAD.format(1), v1="prompts: Hello"))
    expect(page.get_by_text("support/greeting/v1.yaml:1").first).to_be_visible()
    upload(page, zipped(tmp_path, prompt=HEAD.format(1), v1="prompt: Hello"))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Imported: 1 new prompt, 1 new version, 1 moved label.")).to_be_visible()
    page.get_by_role("link", name="Import").click()
    upload(page, zipped(tmp_path, prompt=HEAD.format(2), v1="prompt: Hello", v2="prompt: Hello there"))
    expect(page.get_by_text("stays with version 1")).to_be_visible()
    expect(page.locator("ins")).to_have_text(" there")
    page.get_by_label("Move production as well").check()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Imported: 1 new version, 1 moved label.")).to_be_visible()
    page.goto(f"{project}/prompt-files/import")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as YAML").click()
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert "production: 2" in archive.read("support/greeting/prompt.yaml").decode()
