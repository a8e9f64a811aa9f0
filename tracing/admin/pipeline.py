"""The write path in the admin: batches that wait, dead letters with their replay, refused events."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin_site import ReadOnlyAdmin, site
from tracing.ingest.bell import BELL
from tracing.models import KeptBatch, RejectedEvents, SpooledBatch
from tracing.store.spool import replay_batches

SHOWN_BODY_BYTES = 20_000


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("dead", "Dead letters")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SpooledBatch]) -> QuerySet[SpooledBatch]:
        if self.value() is None:
            return queryset
        return queryset.filter(failed_at__isnull=self.value() == "waiting")


@admin.register(SpooledBatch, site=site)
class SpooledBatchAdmin(ReadOnlyAdmin):
    """Where each accepted batch is; a dead letter keeps its error and can be replayed."""

    list_display = (
        "id",
        "state",
        "project_id",
        "age",
        "event_count",
        "body_bytes",
        "attempts",
        "sdk",
        "error",
    )
    list_filter = (StateFilter, "kind")
    search_fields = ("=project__id", "=sdk_name")
    ordering = ("id",)
    actions = ("replay",)
    exclude = ("body",)
    readonly_fields = ("body_start",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpooledBatch]:
        queryset: QuerySet[SpooledBatch] = super().get_queryset(request)
        return queryset.defer("body")

    @admin.display(description="state")
    def state(self, batch: SpooledBatch) -> str:
        return "dead letter" if batch.failed_at else "waiting"

    @admin.display(description="age")
    def age(self, batch: SpooledBatch) -> str:
        return str(timedelta(seconds=int((timezone.now() - batch.received_at).total_seconds())))

    @admin.display(description="SDK")
    def sdk(self, batch: SpooledBatch) -> str:
        return f"{batch.sdk_name or '?'} {batch.sdk_version or ''}".strip()

    @admin.display(description="body, its beginning")
    def body_start(self, batch: SpooledBatch) -> str:
        text = bytes(batch.body[:SHOWN_BODY_BYTES]).decode("utf-8", "replace")
        return format_html("<pre>{}</pre>", text if not batch.encoding else f"({batch.encoding}, packed)")

    @admin.action(description="Replay dead letters")
    def replay(self, request: HttpRequest, queryset: QuerySet[SpooledBatch]) -> None:
        count = replay_batches(list(queryset.values_list("id", flat=True)))
        BELL.ring()
        self.message_user(request, f"{count} dead letters wait for a digest again", messages.SUCCESS)


@admin.register(KeptBatch, site=site)
class KeptBatchAdmin(ReadOnlyAdmin):
    list_display = ("id", "project_id", "kind", "event_count", "body_bytes", "received_at", "digested_at")
    ordering = ("-id",)
    exclude = ("body",)


@admin.register(RejectedEvents, site=site)
class RejectedEventsAdmin(ReadOnlyAdmin):
    list_display = ("hour", "reason", "count", "project_id", "sdk_name", "sdk_version", "last_seen")
    list_filter = ("reason",)
    ordering = ("-hour",)
