"""The database itself refuses to change or remove a line of the audit log."""

from django.db import migrations

CREATE = """
create function audit_logs_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is append-only';
end
$$;
create trigger audit_logs_append_only before update or delete on audit_logs
    for each row execute function audit_logs_refuse_change();
"""

DROP = """
drop trigger audit_logs_append_only on audit_logs;
drop function audit_logs_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
