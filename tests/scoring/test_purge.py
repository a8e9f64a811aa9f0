"""A deleted project takes its scores and score configs along, and no others."""

from django.utils import timezone

from accounts.services.projects import purge_project
from scoring.models import Score, ScoreConfig
from tests.cast import Cast
from tests.scoring.test_api import make_score


def test_purge(cast: Cast) -> None:
    for side in (cast.a, cast.b):
        make_score(side)
        ScoreConfig.objects.create(project=side.project, name="n", data_type="TEXT")
    cast.a.project.deleted_at = timezone.now()
    cast.a.project.save()
    purge_project(cast.a.project)
    assert list(Score.objects.values_list("project_id", flat=True)) == [cast.b.project_id]
    assert list(ScoreConfig.objects.values_list("project_id", flat=True)) == [cast.b.project_id]
