"""`/v2/prompts` and `/prompts`: versions of prompts created, shown, labelled, listed and deleted."""

from dataclasses import replace
from urllib.parse import unquote

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.pagination import PageNumber
from accounts.api.views import ProjectView
from accounts.audit import by_key
from langfuse_site.lib.errors import InvalidData, InvalidRequest, NotFound, issue
from prompts.api.answers import count, is_known_to
from prompts.api.documents import (
    LABEL,
    NAME,
    RESOLVE,
    VERSION,
    FirstNewPromptSerializer,
    NewLabelsSerializer,
    NewPromptSerializer,
    PromptMetaPageSerializer,
    PromptSerializer,
    ResolvedPromptSerializer,
)
from prompts.api.filters import VersionFilters, version_of
from prompts.queries import list_metas, list_prompts, list_versions
from prompts.serving import Wanted, serve
from prompts.shapes import meta_shape, prompt_shape
from prompts.versions import add_labels, create_version, delete_versions
from prompts.wire import PRODUCTION, read_active, read_new_labels, read_new_version

LIST_LIMIT = 10
ONE_SELECTOR = "Cannot specify both version and label"


class PromptsView(ProjectView):
    """A route of prompts, which says in its own words that a key does not open it."""

    error_style = "named"
    denied_message = "Access denied - need to use basic auth with secret key to GET prompts"


class PromptListView(PromptsView):
    """Prompts by name, each with those of its versions that match; a new version of one."""

    filterset_class = VersionFilters

    @extend_schema(responses=PromptMetaPageSerializer)
    def get(self, request: Request) -> Response:
        query = request.query_params
        number = PageNumber.from_query(query, default_limit=LIST_LIMIT)
        versions = self.filterset_class(query, queryset=list_versions(self.project_id)).narrowed()
        prompts = list_prompts(self.project_id, versions)
        page = list(prompts[number.rows])
        matching = list_metas(page, versions)
        meta = number.meta(prompts.count())
        data = [meta_shape(prompt, matching[prompt.id]) for prompt in page if matching[prompt.id]]
        return Response({"data": data, "meta": meta, "pagination": meta})

    @extend_schema(request=NewPromptSerializer, responses={201: PromptSerializer})
    def post(self, request: Request) -> Response:
        version = create_version(self.project_id, read_new_version(request.data), author=by_key(self.access))
        return Response(prompt_shape(version), status=201)


class ServingView(PromptsView):
    """A route that serves one version: the hottest reads there are."""

    def served(
        self, name: str, *, number: int | None, label: str | None, resolve: bool = True, graph: bool = True
    ) -> HttpResponse:
        """Return the version as it is served, or 304 to who has it; count who got it."""
        if number is None and label is None:
            label = PRODUCTION
        wanted = Wanted(self.project_id, name, number, label, resolve, graph)
        served = serve(wanted)
        count(served, wanted, self.access, self.request.META)
        if is_known_to(self.request.META, served):
            return HttpResponse(status=304, content_type="application/json", headers={"ETag": served.etag})
        return HttpResponse(served.body, content_type="application/json", headers={"ETag": served.etag})


class PromptView(ServingView):
    """The version of a prompt that a number or label names; deletion of versions."""

    @extend_schema(parameters=[VERSION, LABEL, RESOLVE], responses=ResolvedPromptSerializer)
    def get(self, request: Request, name: str) -> HttpResponse:
        number, label = _selectors(request)
        resolve = request.query_params.get("resolve")
        if resolve not in {None, "", "true", "false"}:
            raise InvalidData([issue(["resolve"], "Expected true or false", code="invalid_enum_value")])
        return self.served(name, number=number, label=label, resolve=resolve != "false")

    @extend_schema(parameters=[VERSION, LABEL], responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        number, label = _selectors(request)
        delete_versions(self.project_id, name, version=number, label=label, author=by_key(self.access))
        return Response(status=204)


class PromptVersionView(PromptView):
    """Labels of one version. A prompt may be called like this route; it is shown and deleted all the same."""

    @extend_schema(exclude=True)
    def get(self, request: Request, name: str, version: str = "") -> HttpResponse:
        response: HttpResponse = super().get(request, f"{name}/versions/{version}")
        return response

    @extend_schema(exclude=True)
    def delete(self, request: Request, name: str, version: str = "") -> Response:
        response: Response = super().delete(request, f"{name}/versions/{version}")
        return response

    @extend_schema(request=NewLabelsSerializer, responses=PromptSerializer)
    def patch(self, request: Request, name: str, version: str) -> Response:
        labels = read_new_labels(request.data)
        number = version_of(version) or 0
        changed = add_labels(self.project_id, name, version=number, labels=labels, author=by_key(self.access))
        return Response(prompt_shape(changed))


class FirstPromptView(ServingView):
    """The first version of the API: the name in the query, the label production in `isActive`."""

    @extend_schema(parameters=[NAME, VERSION], responses=PromptSerializer)
    def get(self, request: Request) -> HttpResponse:
        name = request.query_params.get("name")
        if not name:
            raise InvalidData([issue(["name"], "Required", code="invalid_type")])
        number = version_of(request.query_params.get("version"))
        try:
            return self.served(name, number=number, label=None, graph=False)
        except NotFound:
            return self.served(unquote(name), number=number, label=None, graph=False)

    @extend_schema(request=FirstNewPromptSerializer, responses={201: PromptSerializer})
    def post(self, request: Request) -> Response:
        new, active = read_new_version(request.data), read_active(request.data)
        if active:
            new = replace(new, labels=(*new.labels, PRODUCTION))
        version = create_version(self.project_id, new, author=by_key(self.access))
        return Response(prompt_shape(version), status=201)


def _selectors(request: Request) -> tuple[int | None, str | None]:
    number = version_of(request.query_params.get("version"))
    label = request.query_params.get("label") or None
    if number is not None and label is not None:
        raise InvalidRequest(ONE_SELECTOR)
    return number, label
