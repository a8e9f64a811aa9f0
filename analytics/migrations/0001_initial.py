import analytics.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from analytics.rollups.sketch import DROP_SQL, FUNCTIONS_SQL

MARK_ALL_SQL = """
    insert into dirty_slices (project_id, slice_start, kinds, marks, dirty_since, marked_at)
    select project_id, date_bin('60 seconds', moment, '0001-01-01 00:00:00+00') as slice_start, 7, 1, now(), now()
    from (
        select project_id, timestamp as moment from traces
        union all select project_id, start_time from observations
        union all select project_id, timestamp from scores
    ) rows
    group by 1, 2
    on conflict (project_id, slice_start) do nothing
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_append_only_audit'),
        ('scoring', '0001_initial'),
        ('tracing', '0004_dirty_slices_of_a_minute'),
    ]

    operations = [
        migrations.CreateModel(
            name='RollupRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('projects', models.IntegerField(default=0)),
                ('slices', models.IntegerField(default=0)),
                ('hours', models.IntegerField(default=0)),
                ('days', models.IntegerField(default=0)),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'rollup_runs',
                'verbose_name': 'aggregation run',
            },
        ),
        migrations.CreateModel(
            name='RollupState',
            fields=[
                ('project', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, serialize=False, to='accounts.project')),
                ('started_at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('slices', models.IntegerField()),
                ('hours', models.IntegerField()),
                ('days', models.IntegerField()),
                ('due_at', models.DateTimeField()),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'rollup_states',
                'verbose_name': 'aggregated project',
            },
        ),
        migrations.CreateModel(
            name='RollupObservations',
            fields=[
                ('pk', models.CompositePrimaryKey('project_id', 'level', 'start', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField()),
                ('start', models.DateTimeField()),
                ('key', models.UUIDField()),
                ('environment', models.TextField()),
                ('count', models.BigIntegerField()),
                ('type', models.TextField()),
                ('observation_level', models.TextField()),
                ('name', models.TextField(null=True)),
                ('trace_name', models.TextField(null=True)),
                ('model', models.TextField(null=True)),
                ('prompt_name', models.TextField(null=True)),
                ('prompt_version', models.IntegerField(null=True)),
                ('input_tokens', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('output_tokens', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('total_tokens', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('input_cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('output_cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('total_cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_count', models.BigIntegerField()),
                ('latency_sum', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_min', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_max', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_buckets', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('latency_counts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('ttft_count', models.BigIntegerField()),
                ('ttft_sum', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('ttft_min', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('ttft_max', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('ttft_buckets', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('ttft_counts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('streaming_count', models.BigIntegerField()),
                ('streaming_sum', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('streaming_min', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('streaming_max', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.project')),
            ],
            options={
                'db_table': 'rollup_observations',
            },
        ),
        migrations.CreateModel(
            name='RollupPending',
            fields=[
                ('pk', models.CompositePrimaryKey('project_id', 'level', 'start', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField()),
                ('start', models.DateTimeField()),
                ('since', models.DateTimeField()),
                ('touched_at', models.DateTimeField()),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.project')),
            ],
            options={
                'db_table': 'rollup_pending',
            },
        ),
        migrations.CreateModel(
            name='RollupScores',
            fields=[
                ('pk', models.CompositePrimaryKey('project_id', 'level', 'start', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField()),
                ('start', models.DateTimeField()),
                ('key', models.UUIDField()),
                ('environment', models.TextField()),
                ('count', models.BigIntegerField()),
                ('name', models.TextField()),
                ('source', models.TextField()),
                ('data_type', models.TextField()),
                ('string_value', models.TextField(null=True)),
                ('value_count', models.BigIntegerField()),
                ('value_sum', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('value_min', models.FloatField(null=True)),
                ('value_max', models.FloatField(null=True)),
                ('value_buckets', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('value_counts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.project')),
            ],
            options={
                'db_table': 'rollup_scores',
            },
        ),
        migrations.CreateModel(
            name='RollupTraces',
            fields=[
                ('pk', models.CompositePrimaryKey('project_id', 'level', 'start', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField()),
                ('start', models.DateTimeField()),
                ('key', models.UUIDField()),
                ('environment', models.TextField()),
                ('count', models.BigIntegerField()),
                ('facet', models.TextField()),
                ('value', models.TextField(null=True)),
                ('error_traces', models.BigIntegerField()),
                ('observation_count', models.BigIntegerField()),
                ('input_tokens', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('output_tokens', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('total_tokens', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('input_cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('output_cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('total_cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000)),
                ('latency_count', models.BigIntegerField()),
                ('latency_sum', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_min', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_max', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('latency_buckets', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('latency_counts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.project')),
            ],
            options={
                'db_table': 'rollup_traces',
            },
        ),
        migrations.CreateModel(
            name='RollupUsage',
            fields=[
                ('pk', models.CompositePrimaryKey('project_id', 'level', 'start', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('level', models.SmallIntegerField()),
                ('start', models.DateTimeField()),
                ('key', models.UUIDField()),
                ('environment', models.TextField()),
                ('count', models.BigIntegerField()),
                ('model', models.TextField(null=True)),
                ('usage_key', models.TextField()),
                ('units', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('cost', analytics.models.fields.NumericField(decimal_places=500, max_digits=1000, null=True)),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.project')),
            ],
            options={
                'db_table': 'rollup_usage',
            },
        ),
        migrations.CreateModel(
            name='RollupRebuild',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.TextField(blank=True)),
                ('marked_at', models.DateTimeField(null=True)),
                ('slices', models.IntegerField(default=0)),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='accounts.project')),
            ],
            options={
                'db_table': 'rollup_rebuilds',
                'verbose_name': 'recomputed range',
            },
        ),
        migrations.RunSQL(FUNCTIONS_SQL, DROP_SQL),
        migrations.RunSQL(MARK_ALL_SQL, migrations.RunSQL.noop),
    ]
