"""What holds for every request to the API before any view sees it, and after its answer is sent."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from accounts.keys import write_uses

API = "/api/"
OF_KEYS = "/api/public/"
PREFLIGHT_SECONDS = "86400"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class PublicApiMiddleware:
    """Lets browsers of any origin in, without credentials; forgives the slashes of `https://host//api/…`.

    It stands before all others: a preflight needs nothing of what they do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("//"):
            _collapse(request)
        if not request.path_info.startswith(API):
            return self.get_response(request)
        if request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
            return _allow_origin(request, _preflight(request))
        response = _allow_origin(request, self.get_response(request))
        if request.path_info.startswith(OF_KEYS):
            # Django has no public place but a signal for work after the answer is sent.
            response._resource_closers.append(write_uses)  # type: ignore[attr-defined]
        return response


def _collapse(request: HttpRequest) -> None:
    joined = "/" + request.path_info.lstrip("/")
    if joined.startswith(API):
        request.path_info = joined
        request.path = "/" + request.path.lstrip("/")


def _preflight(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = METHODS
    response["Access-Control-Allow-Headers"] = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "*")
    response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def _allow_origin(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    origin = request.META.get("HTTP_ORIGIN")
    if origin:
        response["Access-Control-Allow-Origin"] = origin
        patch_vary_headers(response, ["Origin"])
    return response
