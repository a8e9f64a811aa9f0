"""Prompts in the admin: shown, not changed."""

from django.test import Client
from django.urls import reverse

from accounts.audit import SYSTEM
from prompts.versions import create_version
from prompts.wire import read_new_version
from tests import factories
from tests.cast import Cast


def test_pages_show_prompts(cast: Cast) -> None:
    client = Client()
    client.force_login(factories.make_user("root@example.com", is_superuser=True))
    new = read_new_version({"name": "greeting", "prompt": "Hello", "labels": ["production"]})
    version = create_version(cast.a.project_id, new, author=SYSTEM)
    urls = {
        reverse("admin:prompts_prompt_changelist"): "greeting",
        reverse("admin:prompts_prompt_change", args=[version.prompt_id]): "production",
        reverse("admin:prompts_promptversion_changelist"): "greeting",
        reverse("admin:prompts_promptversion_change", args=[version.pk]): "Hello",
    }
    for url, shown in urls.items():
        assert shown in client.get(url).content.decode()
    assert client.get(reverse("admin:prompts_prompt_add")).status_code == 403
