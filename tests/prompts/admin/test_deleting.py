"""Prompts and versions deleted in the admin: after a question, not while others or a rule need them."""

from accounts.audit import by_user
from accounts.models import AuditLog, Role
from prompts.models import Prompt, PromptVersion
from prompts.rules import protect_label
from tests.cast import Cast
from tests.prompts.admin.visiting import make_version, text, url, visit
from tests.prompts.making import holder, person


def test_a_version_is_deleted_after_a_question(cast: Cast) -> None:
    prompt = make_version(cast.a.project_id).prompt
    make_version(cast.a.project_id, labels=["beta"])
    client, address = visit(cast.owner), url("delete", prompt, version=2)
    page = text(client.get(address))
    assert "beta" in page and PromptVersion.objects.count() == 2
    assert client.post(address, {"version": 2}).headers["Location"] == url("change", prompt)
    assert PromptVersion.objects.get().version == 1 and holder(cast.a.project_id, "latest") == 1
    assert AuditLog.objects.filter(action="delete", resource_type="prompt", user_id=cast.owner.pk).exists()


def test_a_whole_prompt_is_deleted(cast: Cast) -> None:
    prompt = make_version(cast.a.project_id).prompt
    make_version(cast.a.project_id)
    make_version(cast.a.project_id, "other")
    answer = visit(cast.owner).post(url("delete", prompt), follow=True)
    assert "The prompt p is deleted" in text(answer)
    assert list(Prompt.objects.values_list("name", flat=True)) == ["other"]


def test_what_others_are_composed_of_stays(cast: Cast) -> None:
    prompt = make_version(cast.a.project_id, "tone", labels=["production"]).prompt
    make_version(cast.a.project_id, "user", prompt="@@@langfusePrompt:name=tone|label=production@@@")
    assert "user version 1" in text(visit(cast.owner).get(url("delete", prompt)))
    answer = visit(cast.owner).post(url("delete", prompt))
    assert "Other prompts depend on" in answer.context["error"] and Prompt.objects.count() == 2


def test_a_protected_label_holds_its_version(cast: Cast) -> None:
    prompt = make_version(cast.a.project_id, labels=["production"]).prompt
    protect_label(cast.a.project_id, "production", author=by_user(cast.owner))
    user = person(cast.a, Role.MEMBER).user
    assert user is not None
    assert "admins and owners" in visit(user).post(url("delete", prompt)).context["error"]
    assert PromptVersion.objects.exists()


def test_a_version_that_is_not_there(cast: Cast) -> None:
    prompt = make_version(cast.a.project_id).prompt
    assert visit(cast.owner).get(url("delete", prompt, version=9)).status_code == 404
    assert visit(cast.owner).post(url("delete", prompt), {"version": "x"}).status_code == 404
