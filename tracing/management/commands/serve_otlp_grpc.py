"""An address in; OTLP over gRPC served there until a signal comes."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

try:
    from tracing.otlp_grpc import start_server
except ImportError:
    start_server = None  # type: ignore[assignment]

PATIENCE_SECONDS = 10


class Command(BaseCommand):
    help = "Serve OTLP over gRPC. Needs the extra `grpc`."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("address", help="host:port")

    def handle(self, *args: Any, **options: Any) -> None:
        if start_server is None:
            raise CommandError("grpcio is not installed; `make grpc` installs it")
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        try:
            server = start_server(options["address"], cap=settings.MAX_OTLP_BODY_BYTES)
        except RuntimeError as error:
            raise CommandError(f"can't listen on {options['address']}: {error}") from None
        ended.wait()
        server.stop(PATIENCE_SECONDS).wait()
