"""Composed prompts: tags read, circles and depth refused, texts put in place, deletions held back."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.audit import SYSTEM
from langfuse_site.lib.errors import InvalidRequest
from prompts import resolution
from prompts.composition import Tag, replaced, tags_of
from prompts.labels import move_label, remove_label
from prompts.models import PromptDependency, PromptVersion
from prompts.resolution import MAX_DEPTH, CannotResolve, resolve
from prompts.versions import delete_versions
from tests.cast import Cast
from tests.prompts.making import make_version
from tests.prompts.test_api import create, get, refused


def tag(name: str, selector: str = "label=latest") -> str:
    return f"@@@langfusePrompt:name={name}|{selector}@@@"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (tag("a/b c", "version=2"), [Tag("a/b c", number=2)]),
        (tag("a=b", "label=x") * 2, [Tag("a=b", label="x")]),
        (f"{tag('a')}{tag('b', 'version=1')}", [Tag("a", label="latest"), Tag("b", number=1)]),
        ("@@@langfusePrompt:@@@langfusePrompt:name=a|version=1@@@", []),
        (tag("a", "version=one"), []),
        (tag("a", "version=99999999999"), []),
        (tag("a", "label=x|version=1"), []),
        (tag("", "label=x"), []),
        (tag("a", "label="), []),
        ("@@@langfusePrompt:label=x|name=a@@@", []),
        ("@@@langfusePrompt:name=a|label=x", []),
    ],
)
def test_tags(text: str, found: list[Tag]) -> None:
    assert list(tags_of(text)) == found


def test_only_tags_are_replaced() -> None:
    text = f"{tag('a')} @@@langfusePrompt:name=b@@@ {tag('a', 'version=2')}"
    named = replaced(text, lambda one: f"<{one.name} {one.label or one.number}>")
    assert named == "<a latest> @@@langfusePrompt:name=b@@@ <a 2>"


def test_a_million_unclosed_marks_take_no_time() -> None:
    assert tags_of("@@@langfusePrompt:name=" * 40_000) == ()


def test_answers(cast: Cast) -> None:
    inner = create(cast.a, "inner", prompt='say "hi"\n{{who}}', labels=["production"])
    middle = create(cast.a, "folder/middle", prompt=f"[{tag('inner', 'label=production')}]")
    text = create(cast.a, "text", prompt=f"{tag('folder/middle', 'version=1')} {tag('inner')}")
    got = get(cast.a, "text", label="latest")
    assert got["prompt"] == '[say "hi"\n{{who}}] say "hi"\n{{who}}'
    assert got["resolutionGraph"] == {
        "root": {"name": "text", "version": 1, "id": text["id"]},
        "dependencies": {
            text["id"]: [
                {"name": "folder/middle", "version": 1, "id": middle["id"]},
                {"name": "inner", "version": 1, "id": inner["id"]},
            ],
            middle["id"]: [{"name": "inner", "version": 1, "id": inner["id"]}],
        },
    }
    raw = get(cast.a, "text", label="latest", resolve="false")
    assert (raw["prompt"], raw["resolutionGraph"]) == (text["prompt"], None)
    assert get(cast.a, "inner", label="latest")["resolutionGraph"] is None
    first = Client().get("/api/public/prompts", {"name": "text", "version": "1"}, **cast.a.auth).json()
    assert first["prompt"] == text["prompt"]


def test_chats_take_texts_in(cast: Cast) -> None:
    create(cast.a, "inner", prompt='"quoted"\\ \n')
    messages = [{"role": "system", "content": f"a {tag('inner')}"}, {"type": "placeholder", "name": "h"}]
    create(cast.a, "chat", type="chat", prompt=messages, labels=["production"])
    assert get(cast.a, "chat")["prompt"] == [{"role": "system", "content": 'a "quoted"\\ \n'}, messages[1]]


def test_labels_are_followed_when_read(cast: Cast) -> None:
    create(cast.a, "inner", prompt="one", labels=["x"])
    create(cast.a, "outer", prompt=tag("inner", "label=x"), labels=["production"])
    assert get(cast.a, "outer")["prompt"] == "one"
    create(cast.a, "inner", prompt="two", labels=["x"])
    assert get(cast.a, "outer")["prompt"] == "two"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (tag("missing"), "not found: 'missing' with label 'latest'"),
        (tag("inner", "version=2"), "not found: 'inner' version 2"),
        (tag("chat"), "not a text prompt"),
        (tag("outer"), "Circular dependency: outer → outer"),
        (tag("knows outer"), "Circular dependency: outer → knows outer → outer"),
    ],
)
def test_refused(cast: Cast, content: str, told: str) -> None:
    create(cast.a, "inner")
    create(cast.b, "missing")
    create(cast.a, "chat", type="chat", prompt=[])
    create(cast.a, "outer")
    create(cast.a, "knows outer", prompt=tag("outer", "version=1"))
    answer = refused(cast.a, {"name": "outer", "prompt": content})
    assert answer["error"] == "InvalidRequestError" and told in answer["message"]
    assert PromptVersion.objects.filter(prompt__name="outer").count() == 1


def test_depth(cast: Cast) -> None:
    create(cast.a, "0", prompt="deep")
    for level in range(1, MAX_DEPTH + 1):
        create(cast.a, str(level), prompt=tag(str(level - 1)), labels=["production"])
    assert get(cast.a, str(MAX_DEPTH))["prompt"] == "deep"
    assert "5 levels" in refused(cast.a, {"name": "6", "prompt": tag(str(MAX_DEPTH))})["message"]
    both = tag("0") + tag(str(MAX_DEPTH))
    assert "5 levels" in refused(cast.a, {"name": "6", "prompt": both})["message"]


def test_what_would_fill_the_memory(cast: Cast) -> None:
    create(cast.a, "0", prompt="x" * 1_000)
    create(cast.a, "1", prompt=tag("0") * 1_000)
    assert "characters" in refused(cast.a, {"name": "2", "prompt": tag("1") * 1_000})["message"]


def test_what_can_not_be_composed_any_more_is_a_conflict(cast: Cast) -> None:
    create(cast.a, "b", prompt="b", labels=["x"])
    create(cast.a, "a", prompt=tag("b", "label=x"), labels=["production"])
    make_version(cast.a.project_id, "b", prompt="no circle yet", labels=["y"])
    PromptVersion.objects.filter(prompt__name="b", version=2).update(content=tag("a", "version=1"))
    move_label(cast.a.project_id, "b", label="x", version=2, author=SYSTEM)
    answer = get(cast.a, "a", status=409)
    assert answer["error"] == "LangfuseConflictError" and "Circular" in answer["message"]
    get(cast.a, "a", resolve="false")
    move_label(cast.a.project_id, "b", label="x", version=1, author=SYSTEM)
    assert get(cast.a, "a")["prompt"] == "b"


def test_deletions_held_back(cast: Cast) -> None:
    project_id = cast.a.project_id
    create(cast.a, "inner", labels=["x"])
    create(cast.a, "inner", labels=["y"])
    create(cast.a, "inner")
    create(cast.a, "by number", prompt=tag("inner", "version=1"))
    create(cast.a, "by label", prompt=tag("inner", "label=y"))
    create(cast.a, "by latest", prompt=tag("inner"))
    create(cast.b, "inner")
    for query, named in (
        ("?version=1", "'by number' version 1"),
        ("?label=y", "'by label' version 1"),
        ("", "by latest"),
    ):
        answer = Client().delete(f"/api/public/v2/prompts/inner{query}", **cast.a.auth)
        assert answer.status_code == 400 and named in answer.json()["message"]
    with pytest.raises(InvalidRequest, match="by label"):
        remove_label(project_id, "inner", label="y", author=SYSTEM)
    assert Client().delete("/api/public/v2/prompts/inner?version=3", **cast.a.auth).status_code == 204
    assert get(cast.a, "by latest", label="latest")["prompt"] == "text"
    assert Client().delete("/api/public/v2/prompts/inner", **cast.b.auth).status_code == 204
    delete_versions(project_id, "by number", version=None, label=None, author=SYSTEM)
    delete_versions(project_id, "inner", version=1, label=None, author=SYSTEM)
    assert PromptDependency.objects.count() == 2


Graph = list[list[int]]


@given(graph=st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=8, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_graph_is_composed_or_refused(cast: Cast, graph: Graph) -> None:
    """Node n names the nodes of `graph[n]`; the rows are made behind the services' back, circles and all."""
    versions = _stored(cast.a.project_id, graph)
    try:
        got: Any = resolve(
            cast.a.project_id, version_id=versions[0].pk, name="0", number=1, content=_content(graph, 0)
        )
        answer = got.content
    except CannotResolve:
        answer = None
    finally:
        PromptVersion.objects.all().delete()
        versions[0].prompt.__class__.objects.all().delete()
    assert answer == _expected(graph, 0, ())


def _stored(project_id: str, graph: Graph) -> list[PromptVersion]:
    versions = [make_version(project_id, str(node), prompt="") for node in range(len(graph))]
    for node, version in enumerate(versions):
        PromptVersion.objects.filter(pk=version.pk).update(content=_content(graph, node))
    return versions


def _content(graph: Graph, node: int) -> str:
    return f"{node}({' '.join(tag(str(child), 'version=1') for child in graph[node])})"


def _expected(graph: Graph, node: int, above: tuple[int, ...]) -> str | None:
    if node in above or len(above) > resolution.MAX_DEPTH:
        return None
    parts = [_expected(graph, child, (*above, node)) for child in graph[node]]
    return None if None in parts else f"{node}({' '.join(part or '' for part in parts)})"
