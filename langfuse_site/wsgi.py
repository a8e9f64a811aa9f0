"""The WSGI application that the web server runs."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from langfuse_site.lib.processes import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langfuse_site.settings")

_server = multiprocessing.parent_process()
if _server is not None:
    # The server's worker would outlive a killed server and go on taking connections of its port.
    end_with_parent(signal.SIGKILL)
    if os.getppid() != _server.pid:
        os._exit(1)

application = get_wsgi_application()
