"""Every page of prompts in the admin: members by their role, nobody of another organization."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from accounts.admin_site import site
from accounts.audit import by_user
from accounts.models import AuditLog, Role, User
from prompts.changes import propose_change
from prompts.models import ChangeStatus, Prompt, PromptChangeRequest, PromptLabelMove, PromptVersion
from prompts.rules import protect_label, set_immutable_labels
from tests import factories
from tests.cast import Cast
from tests.prompts.admin.visiting import make_version, url, visit
from tests.prompts.making import person

READ_PAGES = ("change", "history", "diff", "labels", "changes", "usage")
EDIT_PAGES = ("edit", "move", "propose", "tags", "preview", "delete")
LABEL_PAGES = ("remove", "rollback")
LISTS = ("prompt", "promptchangerequest", "protectedlabel", "promptpolicy")


@pytest.fixture
def secret(cast: Cast) -> Prompt:
    """A prompt of A with all that its pages can show."""
    project_id, owner = cast.a.project_id, by_user(cast.owner)
    version = make_version(
        project_id, "secret/recipe", prompt="the secret sauce", labels=["production"], tags=["hush"]
    )
    make_version(project_id, "secret/recipe", prompt="more secret sauce", labels=["production"])
    propose_change(
        project_id, "secret/recipe", label="production", version=1, author=owner, message="secret plan"
    )
    protect_label(project_id, "secret-label", author=owner)
    set_immutable_labels(project_id, ["secret.#"], author=owner)
    return version.prompt


def pages(prompt: Prompt, names: tuple[str, ...]) -> Iterator[str]:
    yield from (url(name, prompt) for name in names)


def addresses(prompt: Prompt) -> Iterator[str]:
    """Every address that leads to something of project A."""
    yield from pages(prompt, (*READ_PAGES, *EDIT_PAGES))
    yield from (url(name, prompt, label="production") for name in LABEL_PAGES)
    change = PromptChangeRequest.objects.get()
    rule, policy = prompt.project.protected_labels.get(), prompt.project.prompt_policy
    for model, row in (("promptchangerequest", change), ("protectedlabel", rule), ("promptpolicy", policy)):
        for page in ("change", "history", "delete"):
            yield reverse(f"admin:prompts_{model}_{page}", args=[row.pk])


def test_the_walk_knows_every_page_of_a_prompt() -> None:
    known = {*READ_PAGES, *EDIT_PAGES, *LABEL_PAGES, "changelist", "add", "preview_new"}
    routed = {pattern.name for pattern in site._registry[Prompt].urls if pattern.name}
    assert routed == {f"prompts_prompt_{name}" for name in known}


def test_an_outsider_finds_nothing_by_any_address(cast: Cast, secret: Prompt) -> None:
    client = visit(cast.outsider)
    before = _state()
    for address in addresses(secret):
        for answer in (
            client.get(address, follow=True),
            client.post(address, {"label": "production"}, follow=True),
        ):
            assert answer.status_code in (403, 404) or answer.request["PATH_INFO"] == "/admin/", address
            assert b"secret" not in answer.content.replace(address.encode(), b""), address
    assert _state() == before


def test_an_outsider_sees_nothing_in_lists(cast: Cast, secret: Prompt) -> None:
    client = visit(cast.outsider)
    for model in LISTS:
        address = reverse(f"admin:prompts_{model}_changelist")
        for query in (
            "",
            f"?project={cast.a.project_id}",
            "?q=secret",
            "?folder=secret",
            "?label=production",
        ):
            page = (
                client.get(address + query)
                .content.decode()
                .replace("?q=secret", "")
                .replace('value="secret"', "")
            )
            assert "recipe" not in page and "hush" not in page and "plan" not in page, (model, query)


def test_a_viewer_reads_and_changes_nothing(cast: Cast, secret: Prompt) -> None:
    client, before = visit(cast.viewer), _state()
    for address in pages(secret, READ_PAGES):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "Edit as new version" not in page.content.decode()
    for address in (
        *pages(secret, EDIT_PAGES),
        *(url(name, secret, label="production") for name in LABEL_PAGES),
    ):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"label": "production", "version": 1, "reason": "x"}).status_code == 403
    change = reverse("admin:prompts_promptchangerequest_change", args=[PromptChangeRequest.objects.get().pk])
    assert 'name="action"' not in client.get(change).content.decode()
    assert client.get(reverse("admin:prompts_prompt_add")).status_code == 403
    for action in ("approve", "comment", "reject", "rebase", "withdraw"):
        client.post(change, {"action": action, "text": "mine"})
    assert _state() == before


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN, Role.OWNER])
def test_members_open_every_page(cast: Cast, secret: Prompt, role: Role) -> None:
    client = visit(_user(cast, role))
    for address in (
        *pages(secret, (*READ_PAGES, "edit", "move", "propose", "tags")),
        url("remove", secret, label="production"),
    ):
        assert client.get(address).status_code == 200, address
    assert client.get(reverse("admin:prompts_prompt_add")).status_code == 200


@pytest.mark.parametrize(("role", "status"), [(Role.MEMBER, 403), (Role.ADMIN, 200), (Role.OWNER, 200)])
def test_rules_are_made_by_admins(cast: Cast, secret: Prompt, role: Role, status: int) -> None:
    client = visit(_user(cast, role))
    for model in ("protectedlabel", "promptpolicy"):
        assert client.get(reverse(f"admin:prompts_{model}_add")).status_code == status
    rule = reverse("admin:prompts_protectedlabel_change", args=[secret.project.protected_labels.get().pk])
    answer = client.post(rule, {"required_approvals": 3})
    assert answer.status_code == (403 if status == 403 else 302)


def test_a_superuser_sees_the_installation(cast: Cast, secret: Prompt) -> None:
    make_version(cast.b.project_id, "other")
    client = visit(factories.make_user(is_superuser=True))
    page = client.get(reverse("admin:prompts_prompt_changelist"), {"q": "e"}).content.decode()
    assert "secret/recipe" in page and "other" in page
    for address in pages(secret, (*READ_PAGES, "edit")):
        assert client.get(address).status_code == 200, address


def test_people_without_a_session_sign_in_first(cast: Cast, secret: Prompt) -> None:
    for address in addresses(secret):
        answer = Client().get(address)
        assert (
            answer.status_code == 302
            and "sign-in" in Client().get(address, follow=True).redirect_chain[-1][0]
        )


def test_nothing_of_a_deleted_project_is_shown(cast: Cast, secret: Prompt) -> None:
    secret.project.deleted_at = secret.created_at
    secret.project.save()
    for user in (cast.owner, factories.make_user(is_superuser=True)):
        client = visit(user)
        assert client.get(url("change", secret), follow=True).status_code in (403, 404)
        page = client.get(reverse("admin:prompts_prompt_changelist"), {"q": "recipe"}, follow=True)
        assert "secret/recipe" not in page.content.decode()


@pytest.mark.parametrize(
    "query", ["version=0", "version=99", "version=x", "version=1%00", "before=x", "version=99999999999"]
)
def test_addresses_that_name_nothing(cast: Cast, secret: Prompt, query: str) -> None:
    assert visit(cast.owner).get(f"{url('change', secret)}?{query}").status_code == 404


def _user(cast: Cast, role: Role) -> User:
    author = person(cast.a, role)
    assert author.user is not None
    return author.user


def _state() -> tuple[object, ...]:
    statuses = list(PromptChangeRequest.objects.values_list("status", "reviews"))
    assert all(status == ChangeStatus.OPEN for status, _ in statuses)
    counts = (PromptVersion.objects.count(), PromptLabelMove.objects.count(), AuditLog.objects.count())
    return (*counts, statuses, list(Prompt.objects.values_list("tags", flat=True)))
