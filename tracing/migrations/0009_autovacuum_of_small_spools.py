"""Workers vacuum the spool under load and leave little: autovacuum takes the rest, and gives back room to the disk."""

from django.db import migrations

SMALL = "alter table spool set (toast.autovacuum_vacuum_threshold = 1000)"
AS_BEFORE = "alter table spool set (toast.autovacuum_vacuum_threshold = 5000)"


class Migration(migrations.Migration):
    dependencies = [("tracing", "0008_no_statistics_of_payloads")]
    operations = [migrations.RunSQL(SMALL, AS_BEFORE)]
