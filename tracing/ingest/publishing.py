"""Somebody's decision who may see a trace in; its row changed as if an event of that moment had said so."""

from django.db import transaction
from django.utils import timezone

from accounts.audit import Author, record
from accounts.models import Project
from langfuse_site.lib.ids import key_of
from langfuse_site.lib.times import to_micros
from tracing.ingest.clocks import pack, unpack
from tracing.ingest.fold import FIELD_ORDER
from tracing.models import Trace
from tracing.wire.patches import UPDATE_RANK


def set_public(project: Project, trace_id: str, *, public: bool, author: Author) -> bool:
    """Open a trace to everybody or close it again; return whether that changed anything.

    Events of before, however late they come, leave it so; events of after decide anew.

    Raises Trace.DoesNotExist.
    """
    rows = Trace.objects.filter(project_id=project.id, id=key_of(trace_id))
    with transaction.atomic():
        trace = rows.select_for_update().only("public", "clocks").get()
        if trace.public == public:
            return False
        packed = _written_now(None if trace.clocks is None else bytes(trace.clocks))
        rows.update(public=public, clocks=packed, updated_at=timezone.now())
        record(
            author,
            "update",
            resource_type="trace",
            resource_id=trace_id,
            project=project,
            before={"public": trace.public},
            after={"public": public},
        )
    return True


def _written_now(packed: bytes | None) -> bytes:
    """Return the clocks of a trace with `public` written now, or just after what a client's clock said."""
    clocks, metadata, raw_end = unpack(FIELD_ORDER["trace"], packed) if packed else ({}, None, None)
    _, (last, _) = clocks.get("public", (False, (0, 0)))
    clocks["public"] = (False, (max(to_micros(timezone.now()), last + 1), UPDATE_RANK))
    return pack(FIELD_ORDER["trace"], clocks, metadata=metadata, raw_end=raw_end)
