"""Score configs in the admin: the same rules as over the API."""

from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import AuditLog
from scoring.models import ScoreConfig
from tests import factories
from tests.cast import Cast

ADD = "admin:scoring_scoreconfig_add"


def admin_client() -> Client:
    client = Client()
    client.force_login(factories.make_user("root@example.com", is_superuser=True))
    return client


def fields(cast: Cast, **given: Any) -> dict[str, Any]:
    return {
        "project": cast.a.project_id,
        "name": "quality",
        "data_type": "NUMERIC",
        "categories": "null",
        **given,
    }


def test_create_and_change(cast: Cast) -> None:
    client = admin_client()
    client.post(reverse(ADD), fields(cast, min_value="0", max_value="1"))
    config = ScoreConfig.objects.get()
    assert (config.project_id, config.min_value, config.max_value) == (cast.a.project_id, 0, 1)
    change = reverse("admin:scoring_scoreconfig_change", args=[config.pk])
    assert client.get(change).status_code == 200
    client.post(change, {"name": "quality", "categories": "null", "is_archived": "on"})
    config.refresh_from_db()
    assert (config.is_archived, config.max_value, config.data_type) == (True, None, "NUMERIC")
    assert AuditLog.objects.filter(resource_id=config.pk, type="USER").count() == 2


def test_what_the_api_refuses_is_refused(cast: Cast) -> None:
    client = admin_client()
    for given in ({"name": "a/b"}, {"min_value": "2", "max_value": "1"}, {"data_type": "CATEGORICAL"}):
        response = client.post(reverse(ADD), fields(cast, **given), follow=True)
        assert response.status_code == 200
    assert not ScoreConfig.objects.exists()
