from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing has read the marks so far; the first migration of analytics marks all that there is."""

    dependencies = [
        ('tracing', '0003_opentelemetry'),
    ]

    operations = [
        migrations.RunSQL('truncate dirty_slices', migrations.RunSQL.noop),
        migrations.AddField('dirtyslice', 'kinds', models.SmallIntegerField()),
        migrations.AddField('dirtyslice', 'marks', models.BigIntegerField()),
        migrations.AddField('dirtyslice', 'dirty_since', models.DateTimeField()),
    ]
