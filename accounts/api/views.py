"""What every view of the API starts from: JSON in and out, whatever the client claims; a key's project."""

from collections.abc import Iterable
from typing import Any, BinaryIO, cast

from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import Access
from accounts.api.bodies import drain_body
from accounts.api.errors import ErrorStyle
from accounts.api.permissions import OrganizationKey, ProjectKey
from langfuse_site.lib.errors import NotFound


class FirstOfEach(BaseContentNegotiation):
    """Content-Type and Accept don't choose: every route has one form."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class ApiRequest(Request):
    """A request whose parser runs without a Content-Length too: chunked bodies come without."""

    def _load_stream(self) -> None:
        self._stream = cast(BinaryIO, self._request)


class ApiView(APIView):
    content_negotiation_class = FirstOfEach
    error_style: ErrorStyle = "plain"
    denied_message: str | None = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        return ApiRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a method that the route doesn't have before the key is looked at."""
        if not hasattr(self, (request.method or "").lower()):
            self.http_method_not_allowed(request, *args, **kwargs)
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        response = super().handle_exception(exc)
        drain_body(self.request)
        return response

    @property
    def access(self) -> Access:
        """Return what the request's key grants."""
        access = self.request.auth
        if not isinstance(access, Access):
            raise TypeError("This view takes requests without a key")
        return access


class ProjectView(ApiView):
    """A route of the project that the key belongs to."""

    permission_classes = [ProjectKey]

    @property
    def project_id(self) -> str:
        project_id = self.access.project_id
        if project_id is None:
            raise TypeError("This view takes keys without a project")
        return project_id


class OrganizationView(ApiView):
    """A route of the organization that the key belongs to."""

    permission_classes = [OrganizationKey]

    @property
    def organization_id(self) -> str:
        return self.access.organization_id


class UnknownRoute(ApiView):
    """Every URL of the API that leads nowhere."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("Not found")
