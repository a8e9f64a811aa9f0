"""Prompts as files on pages: downloaded, uploaded, looked at, imported; nothing before somebody agrees."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuditLog, Role
from prompts.files.archives import MAX_ZIP_BYTES, read_zip
from prompts.models import Prompt, PromptLabelMove, PromptUpload, PromptVersion
from prompts.rules import protect_label
from prompts.tasks import sweep_uploads
from tests import factories
from tests.cast import Cast
from tests.prompts.files.test_archives import zipped
from tests.prompts.making import holder, make_version, person

HEAD = "name: p\nlabels:\n  production: 2\n  x: 2\n"
FILES = [("p/prompt.yaml", HEAD), ("p/v2.yaml", "prompt: |-\n  one\n  <b>three</b>\n")]


def url(cast: Cast, end: str = "import") -> str:
    return f"/project/{cast.a.project_id}/prompt-files/{end}"


def send(client: Client, cast: Cast, body: bytes = b"", *, name: str = "prompts.zip") -> Any:
    body = body or zipped(*FILES)
    return client.post(url(cast), {"file": SimpleUploadedFile(name, body)}, follow=True)


def agree(client: Client, page: Any, **typed: Any) -> Any:
    shown = re.search(r'name="shown" value="(\w+)"', page.content.decode())
    assert shown, page.content.decode()
    form = {"action": "import", "shown": shown[1], **typed}
    return client.post(page.request["PATH_INFO"], form, follow=True)


def test_the_difference_is_shown_before_anything_changes(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="one\ntwo", labels=["production"])
    client.force_login(cast.owner)
    page = send(client, cast)
    html = page.content.decode()
    assert PromptVersion.objects.count() == 1 and "Adds version 2" in html
    assert "<td>&lt;b&gt;three&lt;/b&gt;</td>" in html and "<td>two</td>" in html
    assert "stays with version 1; the files have it on version 2" in html
    done = agree(client, page, reason="from git")
    assert "Imported: 1 new version, 1 moved label." in done.content.decode()
    assert [holder(cast.a.project_id, label) for label in ("production", "x", "latest")] == [1, 2, 2]
    move = PromptLabelMove.objects.get(label="x")
    assert (move.user, move.reason) == (cast.owner, "from git")
    assert AuditLog.objects.get(action="import").user_id == cast.owner.pk
    assert not PromptUpload.objects.exists()


def test_production_moves_when_it_is_ticked(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    client.force_login(cast.owner)
    agree(client, send(client, cast), move="production")
    assert holder(cast.a.project_id, "production") == 2


def test_what_was_ticked_and_typed_outlives_a_refusal(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    protect_label(cast.a.project_id, "production", author=person(cast.a, Role.ADMIN), required_approvals=1)
    client.force_login(cast.owner)
    html = agree(client, send(client, cast), move="production", reason="why not").content.decode()
    assert "needs 1 approvals" in html and 'value="why not"' in html
    assert re.search(r'value="production" id="move-1" checked', html)
    assert PromptVersion.objects.count() == 1 and PromptUpload.objects.count() == 1


def test_a_project_that_changed_meanwhile_is_shown_again(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["production"])
    client.force_login(cast.owner)
    page = send(client, cast)
    make_version(cast.a.project_id, prompt="|-\n  one", labels=["production"])
    assert "Version 2 is another one in the project" in agree(client, page).content.decode()
    PromptVersion.objects.filter(version=2).delete()
    html = agree(client, page).content.decode()
    assert "The project has changed since you looked" in html
    assert holder(cast.a.project_id, "x") is None


def test_problems_name_file_and_line(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    html = send(client, cast, zipped(("p/prompt.yaml", "name: p\nlabel: x"))).content.decode()
    assert "<code>p/prompt.yaml:2</code>" in html and "is not known here" in html
    assert "no zip file" in send(client, cast, b"no zip").content.decode()
    assert "Choose a zip file" in client.post(url(cast)).content.decode()
    assert not PromptUpload.objects.exists()


def test_a_file_too_large_is_refused_unread(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    html = send(client, cast, b"x" * (MAX_ZIP_BYTES + 200_000)).content.decode()
    assert "at most 16 MB" in html and not PromptUpload.objects.exists()


def test_forgeries_are_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    assert send(client, cast).status_code == 403
    assert not PromptUpload.objects.exists()


def test_nothing_to_import(client: Client, cast: Cast) -> None:
    make_version(cast.a.project_id)
    client.force_login(cast.owner)
    exported = b"".join(client.get(url(cast, "export")))
    assert "Nothing to import" in send(client, cast, exported).content.decode()


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_downloads(client: Client, cast: Cast, format: str) -> None:
    make_version(cast.a.project_id, "ß/p")
    make_version(cast.b.project_id, "secret")
    client.force_login(cast.viewer)
    answer = client.get(url(cast, "export"), {"format": format})
    files = read_zip("x", b"".join(answer))
    assert [file.path for file in files] == [f"ß/p/prompt.{format}", f"ß/p/v1.{format}"]
    assert answer["Content-Disposition"] == 'attachment; filename="project-a-prompts.zip"'
    assert answer["Content-Type"] == "application/zip"


def test_roles(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    kept = send(client, cast).request["PATH_INFO"]
    admin = factories.make_user()
    factories.make_membership(admin, cast.a.organization, role=Role.ADMIN)
    for user, export, page in ((cast.viewer, 200, 403), (cast.outsider, 404, 404), (admin, 200, 200)):
        client.force_login(user)
        assert client.get(url(cast, "export")).status_code == export
        assert client.get(url(cast)).status_code == page
        assert send(client, cast).status_code == page
        # An upload is its user's own.
        assert client.post(kept, {"action": "import"}).status_code == (302 if page == 200 else page)
    assert not Prompt.objects.exists()


def test_uploads_go(client: Client, cast: Cast) -> None:
    client.force_login(cast.owner)
    first, second = send(client, cast), send(client, cast)
    assert PromptUpload.objects.count() == 1
    assert "no longer there" in client.get(first.request["PATH_INFO"], follow=True).content.decode()
    client.post(second.request["PATH_INFO"], {"action": "drop"})
    assert not PromptUpload.objects.exists()
    send(client, cast)
    PromptUpload.objects.update(created_at=timezone.now() - timedelta(hours=2))
    sweep_uploads()
    assert not PromptUpload.objects.exists()


def test_many_changes_are_shown_in_part(client: Client, cast: Cast) -> None:
    files = [
        (f"p{n}/{name}", text.format(n))
        for n in range(250)
        for name, text in (("prompt.yaml", "name: p{}"), ("v1.yaml", "prompt: x"))
    ]
    client.force_login(cast.owner)
    html = send(client, cast, zipped(*files)).content.decode()
    assert "An import brings 250 new prompts, 250 new versions." in html and "And 50 more prompts" in html
    assert html.count("<details") < 40
