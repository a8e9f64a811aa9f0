"""The older REST forms, one object a request: `POST /traces`, `POST` and `PATCH /spans`, `/generations`, `/events`."""

from typing import ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from accounts.api.bodies import read_body, unpack
from accounts.api.views import ProjectView
from tracing.api.ingestion import sender_of
from tracing.api.responses import json_response
from tracing.ingest.accept import accept_ingestion
from tracing.wire.legacy import RestType, in_words_of, wrap


class CreateOne(ProjectView):
    """A view whose `POST` becomes an ingestion event."""

    create_type: ClassVar[RestType]

    def post(self, request: Request) -> HttpResponse:
        return _accept(self, request, self.create_type)


class UpdateOne(ProjectView):
    """A view whose `PATCH` becomes an ingestion event."""

    update_type: ClassVar[RestType]

    def patch(self, request: Request) -> HttpResponse:
        return _accept(self, request, self.update_type)


class SpansView(CreateOne, UpdateOne):
    create_type = "span-create"
    update_type = "span-update"


class GenerationsView(CreateOne, UpdateOne):
    create_type = "generation-create"
    update_type = "generation-update"


class EventsView(CreateOne):
    create_type = "event-create"


def _accept(view: ProjectView, request: Request, event_type: RestType) -> HttpResponse:
    """Answer `{id}`, or with the status and the message of the event's rejection."""
    cap = settings.MAX_INGESTION_BODY_BYTES
    body = unpack(read_body(request, cap), request.META.get("HTTP_CONTENT_ENCODING", ""), cap)
    wrapped = wrap(event_type, body, now=timezone.now())
    # What is wrapped around a body of just the allowed size must not make it too large.
    accepted = accept_ingestion(view.access, wrapped.raw, encoding="", cap=2 * cap, sender=sender_of(request))
    for rejection in accepted.rejections:
        error = in_words_of(wrapped, rejection.error) if rejection.status == 400 else rejection.error
        problem = {"message": rejection.message, "error": error}
        return json_response(problem, status=rejection.status)
    return json_response({"id": wrapped.entity_id})
