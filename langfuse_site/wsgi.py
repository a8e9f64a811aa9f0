"""The WSGI application that the web server runs: known prompts at once, the rest of the public API, all else."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from langfuse_site.lib.processes import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langfuse_site.settings")

_server = multiprocessing.parent_process()
if _server is not None:
    # The server's worker would outlive a killed server and go on taking connections of its port.
    end_with_parent(signal.SIGKILL)
    if os.getppid() != _server.pid:
        os._exit(1)

_pages = get_wsgi_application()
# A handler takes its middleware from the settings when it is made.
_of_pages, settings.MIDDLEWARE = settings.MIDDLEWARE, settings.PUBLIC_API_MIDDLEWARE
_public_api = WSGIHandler()
settings.MIDDLEWARE = _of_pages

from prompts.api.known import known_answer  # noqa: E402 - Django must know its models first


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request; slashes too many before the path are forgiven, as the middleware does."""
    known = known_answer(environ)
    if known is not None:
        start_response(known.status, known.headers)
        return [known.body]
    is_api = environ["PATH_INFO"].lstrip("/").startswith("api/public/")
    return (_public_api if is_api else _pages)(environ, start_response)
