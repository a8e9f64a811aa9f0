"""What holds for every page before and after its view: forms of a bounded size, answers that say what to do next."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.api.bodies import drain_body

GetResponse = Callable[[HttpRequest], HttpResponse]
API = "/api/"
SIGNED_OUT = "You were signed out, so what you sent was not saved. Sign in and send it once more."


class FormSizeMiddleware:
    """Refuses a form that is too large before the check for forgery reads it into memory, whoever sends it.

    Views that this check leaves alone read bodies on their own and have limits of their own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == 403:
            drain_body(request)  # Without a cookie the check for forgery has not read it.
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if getattr(view, "csrf_exempt", False) or (
            length.isdecimal() and int(length) <= settings.MAX_FORM_BYTES
        ):
            return None
        drain_body(request)
        megabytes = f"{settings.MAX_FORM_BYTES / 1_000_000:g}"
        return render(request, "413.html", {"megabytes": megabytes}, status=413)


class FormAddressMiddleware:
    """Says what to do at an address that takes forms alone, and leads back to the form after signing in.

    It stands behind the middleware of messages, and changes no answer of the API.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(API):
            return response
        if isinstance(response, HttpResponseNotAllowed):
            return _explained(request, response)
        if request.method == "POST" and _leads_to_sign_in(request, response):
            return _sign_in_for(request)
        return response


def page_above(path: str) -> str:
    """Return the page that the form of an address stands on: one of settings by that name, or the nearest above it."""
    parts = path.strip("/").split("/")
    if parts[0] == "admin":
        return "/admin/"  # It takes every address below for its own.
    above = [parts[:count] for count in range(len(parts), 0, -1)]
    of_settings = ["/".join(["", *known[:-1], "settings", known[-1]]) for known in above]
    pages = ["/" + "/".join(known) for known in above[1:]]
    known = (page for page in [*of_settings, *pages, *(f"{page}/" for page in pages)] if is_valid_path(page))
    return next(known, "/")


def _explained(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    context = {"takes_forms": request.method != "POST", "page": page_above(request.path_info)}
    page = render(request, "405.html", context, status=405)
    page["Allow"] = response["Allow"]
    return page


def _leads_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    if request.user.is_authenticated or not isinstance(response, HttpResponseRedirect):
        return False
    there = urlsplit(response.url)
    # Signing out leads there as well, and comes back to nothing.
    return there.path == resolve_url(settings.LOGIN_URL) and "next=" in there.query


def _sign_in_for(request: HttpRequest) -> HttpResponse:
    """Come back to the page that the form was sent from: its own address may take nothing else."""
    messages.warning(request, SIGNED_OUT)
    sender = request.META.get("HTTP_REFERER", "")
    came_from = urlsplit(sender)
    is_ours = url_has_allowed_host_and_scheme(sender, allowed_hosts={request.get_host()})
    back = f"{came_from.path}?{came_from.query}".rstrip("?") if is_ours and came_from.path else request.path
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}")
