"""Files over the API: announced, uploaded by a signed URL, shown, refused; another tenant sees none."""

import base64
import hashlib
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.cast import Cast, Side
from tracing.models import Media, MediaLink
from tracing.store.media import delete_media_of, delete_media_of_project, file_name

PAGE = b"<script>alert(document.domain)</script>"


def announcement(content: bytes, **changes: Any) -> dict[str, Any]:
    body = {
        "contentType": "text/plain",
        "contentLength": len(content),
        "sha256Hash": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "field": "input",
        "traceId": "trace-1",
        "observationId": None,
    }
    return body | changes


def announce(client: Client, side: Side, content: bytes, **changes: Any) -> Any:
    body = announcement(content, **changes)
    return client.post("/api/public/media", body, content_type="application/json", **side.auth)


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def put(client: Client, url: str, content: bytes) -> Any:
    return client.put(local(url), content, content_type="text/plain")


def upload(client: Client, side: Side, content: bytes, **changes: Any) -> str:
    answer = announce(client, side, content, **changes).json()
    assert put(client, answer["uploadUrl"], content).status_code == 200
    return str(answer["mediaId"])


def download(client: Client, side: Side, media_id: str) -> Any:
    media = client.get(f"/api/public/media/{media_id}", **side.auth).json()
    return client.get(local(media["url"]))


def stored(side: Side, media_id: str) -> bool:
    return default_storage.exists(file_name(side.project_id, media_id))


def test_a_file_comes_back_as_it_went(client: Client, cast: Cast) -> None:
    content = b"\x00\xff" * 50_000
    media_id = upload(client, cast.a, content, contentType="image/png")
    media = client.get(f"/api/public/media/{media_id}", **cast.a.auth).json()
    assert media["contentType"] == "image/png"
    assert media["contentLength"] == 100_000
    assert media["uploadedAt"].endswith("Z") and media["urlExpiry"] > media["uploadedAt"]
    response = client.get(local(media["url"]))
    assert b"".join(response) == content
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("inline")


def test_the_id_is_what_clients_compute_from_the_hash(client: Client, cast: Cast) -> None:
    content = b"id"
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    assert announce(client, cast.a, content).json()["mediaId"] == digest[:22]


def test_an_uploaded_file_is_not_asked_for_again_but_shown_at_both_places(client: Client, cast: Cast) -> None:
    media_id = upload(client, cast.a, b"twice")
    again = announce(client, cast.a, b"twice", traceId="trace-2", observationId="span", field="output")
    assert again.status_code == 201
    assert again.json() == {"mediaId": media_id, "uploadUrl": None}
    links = MediaLink.objects.filter(media_id=media_id).order_by("trace_id")
    assert list(links.values_list("trace_id", "observation_id", "field")) == [
        ("trace-1", "", "input"),
        ("trace-2", "span", "output"),
    ]


def test_an_announced_file_that_never_came_is_asked_for_again(client: Client, cast: Cast) -> None:
    first, second = announce(client, cast.a, b"late"), announce(client, cast.a, b"late")
    assert first.json()["uploadUrl"] and second.json()["uploadUrl"]
    assert MediaLink.objects.count() == 1


def test_an_uploaded_file_under_another_type_is_asked_for_again(client: Client, cast: Cast) -> None:
    media_id = upload(client, cast.a, b"{}")
    upload(client, cast.a, b"{}", contentType="application/json")
    assert Media.objects.get(id=media_id).content_type == "application/json"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"contentType": "application/x-msdownload"}, "contentType"),
        ({"contentType": None}, "contentType"),
        ({"contentType": ["text/plain"]}, "contentType"),
        ({"contentLength": 0}, "contentLength"),
        ({"contentLength": "7"}, "contentLength"),
        ({"contentLength": 1_000_000_001}, "contentLength"),
        ({"sha256Hash": "c2hvcnQ="}, "sha256Hash"),
        ({"sha256Hash": "*" * 44}, "sha256Hash"),
        ({"sha256Hash": None}, "sha256Hash"),
        ({"field": "title"}, "field"),
        ({"field": {}}, "field"),
        ({"traceId": None}, "traceId"),
        ({"observationId": 7}, "observationId"),
    ],
)
def test_a_wrong_announcement_is_refused(
    client: Client, cast: Cast, changes: dict[str, Any], path: str
) -> None:
    response = announce(client, cast.a, b"wrong", **changes)
    assert response.status_code == 400
    assert [issue["path"] for issue in response.json()["error"]] == [[path]]
    assert not Media.objects.exists()


def test_a_body_that_is_no_object_is_refused(client: Client, cast: Cast) -> None:
    response = client.post("/api/public/media", [1], content_type="application/json", **cast.a.auth)
    assert response.status_code == 400


def test_long_ids_are_linked_by_their_keys(client: Client, cast: Cast) -> None:
    announce(client, cast.a, b"long", traceId="🙂" * 800, observationId="🙂" * 800)
    assert MediaLink.objects.get().trace_id.startswith("\x7fsha256:")


@pytest.mark.parametrize("sent", [b"other", b"longer than announced", b"no", b""])
def test_other_bytes_than_the_announced_are_refused(client: Client, cast: Cast, sent: bytes) -> None:
    answer = announce(client, cast.a, b"right").json()
    assert put(client, answer["uploadUrl"], sent).status_code in {400, 413}
    missing = client.get(f"/api/public/media/{answer['mediaId']}", **cast.a.auth)
    assert missing.status_code == 404
    assert missing.json()["message"] == "Media not yet uploaded"
    assert not stored(cast.a, answer["mediaId"])
    assert put(client, answer["uploadUrl"], b"right").status_code == 200


def test_no_rest_of_an_upload_stays_on_disk(client: Client, cast: Cast, settings: Settings) -> None:
    answer = announce(client, cast.a, b"clean").json()
    put(client, answer["uploadUrl"], b"dirty")
    put(client, answer["uploadUrl"], b"clean")
    assert list((Path(settings.DATA_DIR) / "incoming").iterdir()) == []


def test_what_a_killed_upload_left_behind_is_swept(client: Client, cast: Cast, settings: Settings) -> None:
    folder = Path(settings.DATA_DIR) / "incoming"
    folder.mkdir(exist_ok=True)
    for name, age in {"old": 90_000, "new": 60}.items():
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age, time.time() - age))
    upload(client, cast.a, b"sweeper")
    assert [path.name for path in folder.iterdir()] == ["new"]
    (folder / "new").unlink()


def test_a_signature_opens_nothing_else(client: Client, cast: Cast) -> None:
    mine = announce(client, cast.a, b"mine").json()["uploadUrl"]
    theirs = announce(client, cast.a, b"theirs").json()["mediaId"]
    token = urlsplit(mine).query
    assert client.put(f"/api/public/media/{theirs}/upload?{token}", b"mine").status_code == 403
    assert client.get(local(mine).replace("/upload", "/content")).status_code == 403
    assert client.put(local(mine) + "x", b"mine").status_code == 403
    assert client.put(local(mine).partition("?")[0], b"mine").status_code == 403


def test_a_download_signature_is_of_one_file(client: Client, cast: Cast) -> None:
    one, other = upload(client, cast.a, b"one"), upload(client, cast.a, b"other")
    url = client.get(f"/api/public/media/{one}", **cast.a.auth).json()["url"]
    assert client.get(local(url).replace(one, other)).status_code == 404


def test_urls_expire(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    url = announce(client, cast.a, b"old").json()["uploadUrl"]
    later = timezone.now().timestamp() + 3700
    monkeypatch.setattr("time.time", lambda: later)
    response = put(client, url, b"old")
    assert response.status_code == 403
    assert response.json()["message"] == "The URL has expired"


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xml", "application/pdf"])
def test_what_could_run_in_our_origin_is_saved_instead(client: Client, cast: Cast, kind: str) -> None:
    response = download(client, cast.a, upload(client, cast.a, PAGE, contentType=kind))
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_inline_files_are_sandboxed_too(client: Client, cast: Cast) -> None:
    response = download(client, cast.a, upload(client, cast.a, PAGE, contentType="text/plain"))
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def report(client: Client, side: Side, media_id: str, **changes: Any) -> Any:
    body = {"uploadedAt": "2026-11-01T10:00:00Z", "uploadHttpStatus": 200, "uploadHttpError": ""} | changes
    return client.patch(
        f"/api/public/media/{media_id}",
        body | {"uploadTimeMs": 3},
        content_type="application/json",
        **side.auth,
    )


def test_a_failed_upload_is_told(client: Client, cast: Cast) -> None:
    media_id = announce(client, cast.a, b"failed").json()["mediaId"]
    response = report(client, cast.a, media_id, uploadHttpStatus=503, uploadHttpError="busy")
    assert (response.status_code, response.json()) == (200, {"message": "OK"})
    missing = client.get(f"/api/public/media/{media_id}", **cast.a.auth)
    assert missing.status_code == 404
    assert missing.json()["message"] == "Media upload failed with status 503: busy"


def test_a_report_does_not_hide_a_stored_file(client: Client, cast: Cast) -> None:
    media_id = upload(client, cast.a, b"here")
    assert report(client, cast.a, media_id, uploadHttpStatus=500).status_code == 200
    assert b"".join(download(client, cast.a, media_id)) == b"here"


def test_a_report_alone_uploads_nothing(client: Client, cast: Cast) -> None:
    media_id = announce(client, cast.a, b"claimed").json()["mediaId"]
    assert report(client, cast.a, media_id).status_code == 200
    assert client.get(f"/api/public/media/{media_id}", **cast.a.auth).status_code == 404
    assert announce(client, cast.a, b"claimed").json()["uploadUrl"]


@pytest.mark.parametrize("changes", [{"uploadHttpStatus": "200"}, {"uploadedAt": "now"}, {"uploadedAt": 3}])
def test_a_wrong_report_is_refused(client: Client, cast: Cast, changes: dict[str, Any]) -> None:
    media_id = announce(client, cast.a, b"report").json()["mediaId"]
    assert report(client, cast.a, media_id, **changes).status_code == 400


def test_an_unknown_file_is_404(client: Client, cast: Cast) -> None:
    assert client.get("/api/public/media/none", **cast.a.auth).status_code == 404
    assert report(client, cast.a, "none").status_code == 404


def test_another_tenant_finds_nothing(client: Client, cast: Cast) -> None:
    media_id = upload(client, cast.a, b"secret")
    assert client.get(f"/api/public/media/{media_id}", **cast.b.auth).status_code == 404
    assert report(client, cast.b, media_id).status_code == 404
    # Knowing a file's hash is not having the file.
    assert announce(client, cast.b, b"secret").json()["uploadUrl"]


@pytest.mark.parametrize("method", ["get", "post", "patch"])
def test_a_key_is_needed(client: Client, cast: Cast, method: str) -> None:
    path = "/api/public/media" if method == "post" else "/api/public/media/x"
    assert getattr(client, method)(path).status_code == 401
    assert getattr(client, method)(path, **cast.a.bearer).status_code == 403


def test_a_url_bears_the_host_that_the_client_reached(client: Client, cast: Cast) -> None:
    body = announcement(b"host")
    headers = {"HTTP_HOST": "langfuse.internal:8080", **cast.a.auth}
    response = client.post("/api/public/media", body, content_type="application/json", **headers)
    assert response.json()["uploadUrl"].startswith("http://langfuse.internal:8080/api/public/media/")


def test_a_url_bears_the_sites_scheme_behind_a_proxy(client: Client, cast: Cast, settings: Settings) -> None:
    settings.SITE_URL = "https://testserver"
    assert announce(client, cast.a, b"s").json()["uploadUrl"].startswith("https://testserver/api/")


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_with_the_last_trace_that_shows_it(client: Client, cast: Cast) -> None:
    shared = upload(client, cast.a, b"shared")
    announce(client, cast.a, b"shared", traceId="trace-2")
    alone = upload(client, cast.a, b"alone")
    delete_media_of(cast.a.project_id, ["trace-1"])
    assert stored(cast.a, shared) and not stored(cast.a, alone)
    assert list(Media.objects.values_list("id", flat=True)) == [shared]
    delete_media_of(cast.a.project_id, ["trace-2"])
    assert not stored(cast.a, shared) and not MediaLink.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_deleted_trace_of_another_tenant_takes_nothing_along(client: Client, cast: Cast) -> None:
    media_id = upload(client, cast.a, b"kept")
    delete_media_of(cast.b.project_id, ["trace-1"])
    assert stored(cast.a, media_id) and Media.objects.filter(id=media_id).exists()


@pytest.mark.django_db(transaction=True)
def test_a_deleted_project_takes_its_files_along(client: Client, cast: Cast) -> None:
    mine, theirs = upload(client, cast.a, b"x"), upload(client, cast.b, b"x")
    delete_media_of_project(cast.a.project_id)
    assert not stored(cast.a, mine) and stored(cast.b, theirs)
    assert list(Media.objects.values_list("project_id", flat=True)) == [cast.b.project_id]
