"""Announcements, uploads and downloads of files: signed URLs of our own stand where others have a bucket's."""

import base64
import binascii
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import FileResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.bodies import stream_body
from accounts.api.views import ApiView, ProjectView
from langfuse_site.lib.errors import Forbidden, InvalidData, NotFound, issue
from langfuse_site.lib.times import to_wire
from tracing.models import Media
from tracing.queries.media import get_media, get_uploaded
from tracing.store.media import (
    Announced,
    Place,
    announce_media,
    open_media,
    receive_media,
    record_upload,
)

URL_LIFETIME = timedelta(hours=1)
UPLOAD_SALT = "media-upload"
DOWNLOAD_SALT = "media-download"
FIELDS = frozenset({"input", "output", "metadata"})
SHA256_BYTES = 32
MAX_STATUS = 999

CONTENT_TYPES = frozenset(
    f"{kind}/{name}"
    for kind, names in {
        "image": "png jpeg jpg webp gif svg+xml tiff bmp avif heic",
        "audio": "mpeg mp3 wav ogg oga aac mp4 flac opus webm",
        "video": "mp4 webm ogg mpeg quicktime x-msvideo x-matroska",
        "text": "plain html css csv markdown x-python x-typescript",
        "application": "javascript x-yaml pdf msword vnd.ms-excel xlsx zip json xml octet-stream rtf x-ndjson"
        " vnd.openxmlformats-officedocument.wordprocessingml.document"
        " vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        " vnd.openxmlformats-officedocument.presentationml.presentation"
        " vnd.apache.parquet gzip x-tar x-7z-compressed",
    }.items()
    for name in names.split()
)
SHOWN_INLINE = re.compile(r"image/(?!svg)|audio/|video/|text/plain")
"""Types that can't run a script when a browser opens them; all others are saved to disk."""
SANDBOX = "default-src 'none'; sandbox"


class MediaUploadsView(ProjectView):
    """`POST /media`: a file is announced, and its upload URL given unless it is here already."""

    def post(self, request: Request) -> Response:
        file, place = _announcement(request.data)
        if announce_media(self.project_id, file, place):
            return Response({"mediaId": file.media_id, "uploadUrl": None}, status=201)
        token = signing.dumps([self.project_id, asdict(file)], salt=UPLOAD_SALT)
        url = _absolute(request, reverse("media-upload", args=[file.media_id]), token)
        return Response({"mediaId": file.media_id, "uploadUrl": url}, status=201)


class MediaView(ProjectView):
    """`/media/{id}`: GET tells where to download a file, PATCH takes what a client says of its upload."""

    def get(self, request: Request, media_id: str) -> Response:
        media = get_media(self.project_id, media_id)
        if media is None:
            raise NotFound("Media not found")
        if media.uploaded_at is None:
            raise NotFound(_missing(media))
        token = signing.dumps([self.project_id, media_id], salt=DOWNLOAD_SALT)
        return Response(
            {
                "mediaId": media_id,
                "contentType": media.content_type,
                "contentLength": media.content_length,
                "uploadedAt": to_wire(media.uploaded_at),
                "url": _absolute(request, reverse("media-content", args=[media_id]), token),
                "urlExpiry": to_wire(datetime.now(UTC) + URL_LIFETIME),
            }
        )

    def patch(self, request: Request, media_id: str) -> Response:
        status, error = _upload_report(request.data)
        record_upload(self.project_id, media_id, status=status, error=error)
        return Response({"message": "OK"})


class MediaUploadView(ApiView):
    """`PUT` of a file's bytes; the signed token says whose and which, no key is needed."""

    authentication_classes = []
    permission_classes = []

    def put(self, request: Request, media_id: str) -> Response:
        project_id, announced = _signed(request, UPLOAD_SALT)
        file = Announced(**announced)
        if file.media_id != media_id:
            raise Forbidden("The signature is of another file")
        if get_media(project_id, media_id) is None:
            raise NotFound("Media not found")
        receive_media(project_id, file, stream_body(request, file.content_length))
        return Response()


class MediaContentView(ApiView):
    """`GET` of a file's bytes; what could run as a page of our origin is sandboxed or saved to disk."""

    authentication_classes = []
    permission_classes = []

    def get(self, request: Request, media_id: str) -> FileResponse:
        project_id, signed_id = _signed(request, DOWNLOAD_SALT)
        media = get_uploaded(project_id, media_id)
        if media is None or signed_id != media_id:
            raise NotFound("Media not found")
        response = FileResponse(
            open_media(project_id, media_id),
            as_attachment=SHOWN_INLINE.match(media.content_type) is None,
            filename=media_id,
            content_type=media.content_type,
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = SANDBOX
        response["Cache-Control"] = "private, max-age=3600, immutable"
        return response


def _announcement(body: Any) -> tuple[Announced, Place]:
    if not isinstance(body, dict):
        raise InvalidData([issue([], "Expected object", code="invalid_type")])
    problems = {
        "contentType": None if str(body.get("contentType")) in CONTENT_TYPES else "Unsupported content type",
        "contentLength": _length_problem(body.get("contentLength")),
        "sha256Hash": None if _is_sha256(body.get("sha256Hash")) else "Must be the base64 of a SHA-256",
        "field": None if str(body.get("field")) in FIELDS else "Must be input, output or metadata",
        "traceId": None if _is_text(body.get("traceId")) else "Required",
        "observationId": None if _is_text(body.get("observationId", "-") or "-") else "Expected string",
    }
    issues = [issue([name], problem) for name, problem in problems.items() if problem]
    if issues:
        raise InvalidData(issues)
    file = Announced(body["sha256Hash"], body["contentType"], body["contentLength"])
    return file, Place(body["traceId"], body.get("observationId") or None, body["field"])


def _length_problem(length: Any) -> str | None:
    if not isinstance(length, int) or isinstance(length, bool) or length <= 0:
        return "Must be a positive whole number"
    if length > settings.MAX_MEDIA_BYTES:
        return f"File size must be less than {settings.MAX_MEDIA_BYTES} bytes"
    return None


def _is_sha256(text: Any) -> bool:
    if not isinstance(text, str) or not text.isascii():
        return False
    try:
        return len(base64.b64decode(text, validate=True)) == SHA256_BYTES
    except binascii.Error:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _upload_report(body: Any) -> tuple[int, str | None]:
    if not isinstance(body, dict):
        raise InvalidData([issue([], "Expected object", code="invalid_type")])
    status, error, moment = body.get("uploadHttpStatus"), body.get("uploadHttpError"), body.get("uploadedAt")
    problems = {
        "uploadedAt": None if _is_moment(moment) else "Invalid datetime",
        "uploadHttpStatus": None if type(status) is int and 0 <= status <= MAX_STATUS else "Must be a status",
        "uploadHttpError": None if error is None or isinstance(error, str) else "Expected string",
    }
    issues = [issue([name], problem) for name, problem in problems.items() if problem]
    if issues:
        raise InvalidData(issues)
    return int(body["uploadHttpStatus"]), error or None


def _is_moment(text: Any) -> bool:
    try:
        return isinstance(text, str) and parse_datetime(text) is not None
    except ValueError:
        return False


def _missing(media: Media) -> str:
    if media.upload_status is None:
        return "Media not yet uploaded"
    return f"Media upload failed with status {media.upload_status}: {media.upload_error or 'no error given'}"


def _signed(request: Request, salt: str) -> Any:
    try:
        return signing.loads(request.query_params.get("token", ""), salt=salt, max_age=URL_LIFETIME)
    except signing.SignatureExpired:
        raise Forbidden("The URL has expired") from None
    except signing.BadSignature:
        raise Forbidden("The URL's signature is not valid") from None


def _absolute(request: Request, path: str, token: str) -> str:
    """Return the URL under the name by which the client reached us, which may not be the site's own."""
    site = urlsplit(settings.SITE_URL)
    base = settings.SITE_URL if site.netloc == request.get_host() else request.build_absolute_uri("/")
    return f"{base.rstrip('/')}{path}?token={token}"
