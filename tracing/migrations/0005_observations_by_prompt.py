from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('tracing', '0004_dirty_slices_of_a_minute'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='observation',
            index=models.Index(condition=models.Q(('prompt_id__isnull', False)), fields=['project', 'prompt_id', 'start_time'], name='observations_by_prompt'),
        ),
    ]
