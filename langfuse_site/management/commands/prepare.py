"""An environment in, an installation that may start out: checked, migrated, provisioned, styled and priced."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.provision import provision, provision_of_environment
from tracing.costs.packed import packed_prices

LOCK = "select pg_advisory_lock(hashtext('langfuse_site.prepare'))"
UNLOCK = "select pg_advisory_unlock(hashtext('langfuse_site.prepare'))"
"""Several web processes may start at once; one of them migrates, the others find it done."""


class Command(BaseCommand):
    help = "Check the settings, migrate, collect static files, provision what LANGFUSE_INIT_* ask for."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--static", action="store_true", help="collect the static files too")

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        try:
            self._migrate()
            self._provision()
        finally:
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK)
        if options["static"]:
            self._say("collecting static files")
            call_command("collectstatic", interactive=False, verbosity=0)
        # Else the worker packs them while the first trace of a new installation waits.
        packed_prices()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self._say(f"migrating the database ({len(plan)} steps)")
            call_command("migrate", interactive=False, verbosity=0)

    def _provision(self) -> None:
        wanted = provision_of_environment()
        if wanted is None:
            return
        made = provision(wanted).made
        if made:
            self._say(f"provisioned: {', '.join(made)}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
