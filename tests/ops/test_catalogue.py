"""The database's catalogue: a bulk table can be distributed by project, so each unique index names it."""

import pytest
from django.apps import apps
from django.db import connection, models

from tests.rows import models_of_projects

UNIQUE_INDEXES = """
    select table_class.relname, index_class.relname,
        array(select attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any(i.indkey::int2[]))
    from pg_index i
    join pg_class table_class on table_class.oid = i.indrelid
    join pg_class index_class on index_class.oid = i.indexrelid
    where i.indisunique and table_class.relname = any(%s)
"""


def bulk_tables() -> list[str]:
    """Return the tables whose key is made up of a project and more."""
    composite = [m for m in apps.get_models() if isinstance(m._meta.pk, models.CompositePrimaryKey)]
    return sorted(model._meta.db_table for model in composite)


def test_bulk_tables_belong_to_projects() -> None:
    of_projects = {model._meta.db_table for model in models_of_projects()}
    assert {"traces", "observations", "scores", "rollup_observations", "rollup_pending"} <= {*bulk_tables()}
    assert {*bulk_tables()} <= of_projects


@pytest.mark.django_db
def test_every_unique_index_of_a_bulk_table_contains_the_project() -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNIQUE_INDEXES, [bulk_tables()])
        indexes = cursor.fetchall()
    assert {table for table, _, _ in indexes} == {*bulk_tables()}
    assert [(table, index) for table, index, columns in indexes if "project_id" not in columns] == []


@pytest.mark.django_db
def test_payloads_are_left_out_of_statistics() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select attname from pg_attribute where attrelid = 'observations'::regclass and attstattarget = 0"
        )
        left_out = {name for (name,) in cursor.fetchall()}
    assert {"input", "output", "otel", "metadata", "clocks"} <= left_out
    assert not left_out & {
        "project_id",
        "id",
        "trace_id",
        "start_time",
        "name",
        "model",
        "environment",
        "total_cost",
    }
