"""Raw bodies are stored out of line as they came: PostgreSQL's own compression would cost the client's wait."""

from django.db import migrations

SPOOL = "alter table spool alter column body set storage external"
KEPT = "alter table kept_batches alter column body set storage external"
# Rows come and go by the thousand: vacuum by count, not by a share of a table that is usually empty, and
# without pauses, which let a full load's 10 MB a second of dead bodies pile up.
VACUUM = """
    alter table spool set (
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_threshold = 10000,
        autovacuum_vacuum_cost_delay = 0,
        toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000,
        toast.autovacuum_vacuum_cost_delay = 0
    )
"""
RESET = """
    alter table spool reset (
        autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_threshold,
        autovacuum_vacuum_cost_delay,
        toast.autovacuum_vacuum_scale_factor, toast.autovacuum_vacuum_threshold, toast.autovacuum_vacuum_cost_delay
    )
"""


class Migration(migrations.Migration):
    dependencies = [("tracing", "0001_initial")]
    operations = [
        migrations.RunSQL(SPOOL, "alter table spool alter column body set storage extended"),
        migrations.RunSQL(KEPT, "alter table kept_batches alter column body set storage extended"),
        migrations.RunSQL(VACUUM, RESET),
    ]
