"""`python -m langfuse_site.up [command]`: runs an installation or a part of it; errors are one line.

Commands: up, down, web, worker, beat, otlp-grpc, healthy. `up` and `down` are for one machine, the others
are what containers run: one process each, and its health.
"""

import os
import sys

from langfuse_site.lib.embedded_postgres import EmbeddedPostgresError
from langfuse_site.up.commands import run_alone
from langfuse_site.up.folder import UpError
from langfuse_site.up.supervisor import check_health, down, port_of_environment, up

ROLES = ("web", "worker", "beat", "otlp-grpc")


def run(order: str) -> None:
    if order in ROLES:
        run_alone(order, os.environ, port=port_of_environment())
    orders = {"up": up, "down": down, "healthy": check_health}
    if order not in orders:
        raise UpError(f"{order!r} is none of {', '.join([*orders, *ROLES])}")
    orders[order]()


def main(arguments: list[str]) -> int:
    try:
        run(arguments[0] if arguments else "up")
    except (UpError, EmbeddedPostgresError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
