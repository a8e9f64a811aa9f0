"""Short words for what tests of prompts do with services."""

from typing import Any

from accounts.access import Access
from accounts.audit import SYSTEM, Author, by_key, by_user
from accounts.models import Role, User
from prompts.models import Prompt, PromptLabel, PromptVersion
from prompts.versions import create_version
from prompts.wire import read_new_version
from tests import factories
from tests.cast import Side


def make_version(project_id: str, name: str = "p", *, author: Author = SYSTEM, **body: Any) -> PromptVersion:
    new = read_new_version({"name": name, "prompt": "x", **body})
    return create_version(project_id, new, author=author)


def key_author(side: Side) -> Author:
    return by_key(Access("project", side.project_id, side.organization.id, side.api_key.id, side.public_key))


def person(side: Side, role: Role = Role.MEMBER) -> Author:
    return by_user(_user(side, role))


def holder(project_id: str, label: str, name: str = "p") -> int | None:
    """Return the number of the version that has a label."""
    held = PromptLabel.objects.filter(prompt__project_id=project_id, prompt__name=name, label=label)
    return held.values_list("version__version", flat=True).first()


def prompt_of(project_id: str, name: str = "p") -> Prompt:
    return Prompt.objects.get(project_id=project_id, name=name)


def _user(side: Side, role: Role) -> User:
    user = factories.make_user(name=role.title())
    factories.make_membership(user, side.organization, role=role)
    return user
