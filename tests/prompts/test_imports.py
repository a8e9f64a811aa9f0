"""Imports of files: everything kept, nothing twice, nothing by halves, and the rules of labels hold."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.audit import SYSTEM, Author, by_user
from accounts.models import AuditLog, Project
from langfuse_site.lib.errors import ApiError, Forbidden
from prompts.exports import export_files
from prompts.files.documents import InvalidFiles, PromptDocument
from prompts.files.reading import File, read_prompts
from prompts.files.writing import FORMATS, Format
from prompts.import_plan import UNASKED, Plan
from prompts.imports import PlanChanged, import_prompts
from prompts.labels import move_label, remove_label, roll_back
from prompts.models import MoveCause, Prompt, PromptDependency, PromptLabel, PromptLabelMove, PromptVersion
from prompts.queries import list_moves
from prompts.rules import protect_label, set_immutable_labels
from prompts.serving import Wanted, serve
from prompts.versions import add_labels, delete_versions, set_tags
from tests.cast import Cast
from tests.prompts.making import holder, make_version, person, prompt_of
from tests.prompts.test_composition import tag

Files = dict[str, str]
Step = tuple[Any, ...]


def export(project: Project, format: Format = "yaml") -> Files:
    return dict(export_files(project.id, format))


def read(files: Files) -> list[PromptDocument]:
    found = [File(path, text.encode()) for path, text in files.items()]
    return read_prompts(found, now=timezone.now(), max_version_bytes=1_000_000)


def bring(project: Project, files: Files, *, author: Author = SYSTEM, **options: Any) -> Plan:
    return import_prompts(project, read(files), author=author, **options)


def files(name: str = "p", labels: str = "{}", **versions: str) -> Files:
    texts = {f"{name}/{number}.yaml": f"prompt: {text}" for number, text in versions.items()}
    return {f"{name}/prompt.yaml": f"name: {name}\nlabels: {labels}", **texts}


def empty(project: Project) -> None:
    Prompt.objects.filter(project=project).delete()


NAMES = st.sampled_from(["p", "Folder/P", "folder/p", "../v1.yaml"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
CONFIGS = st.dictionaries(TEXTS, NUMBERS | TEXTS | st.booleans(), max_size=3) | NUMBERS
LABELS = st.sampled_from(["production", "a", "v1.2"])
CREATE = st.tuples(st.just("create"), NAMES, TEXTS, CONFIGS, st.lists(LABELS, max_size=2))
STEPS = st.lists(
    st.one_of(
        CREATE,
        st.tuples(st.just("chat"), st.sampled_from(["c", "folder"]), TEXTS, LABELS),
        st.tuples(st.just("compose"), NAMES, NAMES, st.booleans()),
        st.tuples(st.just("label"), NAMES, LABELS, st.integers(1, 4)),
        st.tuples(st.just("remove"), NAMES, LABELS),
        st.tuples(st.just("roll_back"), NAMES, LABELS),
        st.tuples(st.just("tag"), NAMES, st.lists(TEXTS, max_size=2)),
        st.tuples(st.just("delete"), NAMES, st.integers(1, 4)),
    ),
    max_size=8,
)


def take(step: Step, project_id: str, author: Author) -> None:
    """Do what a step says; what the rules refuse is not done."""
    kind, name, *rest = step
    with suppress(ApiError):
        match kind:
            case "create":
                text, config, labels = rest
                make_version(project_id, name, prompt=text, config=config, labels=labels, author=author)
            case "chat":
                text, label = rest
                messages = [{"role": text, "content": text}, {"type": "placeholder", "name": "h"}]
                make_version(project_id, name, type="chat", prompt=messages, labels=[label], author=author)
            case "compose":
                part, by_label = rest
                make_version(project_id, name, prompt=tag(part, "label=a" if by_label else "version=1"))
            case "label":
                number = rest[1]
                move_label(project_id, name, label=rest[0], version=number, author=author, reason="r\n r")
            case "remove":
                remove_label(project_id, name, label=rest[0], author=author)
            case "roll_back":
                roll_back(project_id, name, label=rest[0], author=author, reason=" ")
            case "tag":
                set_tags(project_id, name, tags=rest[0], author=author)
            case "delete":
                delete_versions(project_id, name, version=rest[0], label=None, author=author)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=CREATE, steps=STEPS, format=st.sampled_from(FORMATS))
def test_there_and_back(cast: Cast, first: Step, steps: list[Step], format: Format) -> None:
    project, owner = cast.a.project, by_user(cast.owner)
    empty(project)
    for number, step in enumerate([first, *steps]):
        take(step, project.id, owner if number % 2 else SYSTEM)
    exported, before = export(project, format), rows_of(project)
    assume(exported)
    assert bring(project, exported, author=owner).changes == ()
    empty(project)
    bring(project, exported, author=owner)
    assert (export(project, format), rows_of(project)) == (exported, before)
    assert bring(project, exported, author=owner).changes == ()


def rows_of(project: Project) -> list[Any]:
    """Return all that a project knows of its prompts, but when the rows were written."""
    of_prompt = {"prompt__project": project}
    moves = ("prompt__name", "label", "from_version", "from_number", "to_version", "to_number", "cause")
    return [
        sorted(rows, key=repr)
        for rows in (
            Prompt.objects.filter(project=project).values_list("id", "name", "type", "tags", "created_at"),
            PromptVersion.objects.filter(**of_prompt).values_list(
                "id", "version", "content", "config", "commit_message", "created_by", "created_at"
            ),
            PromptLabel.objects.filter(**of_prompt).values_list("label", "version"),
            PromptLabelMove.objects.filter(**of_prompt).values_list(
                *moves, "reason", "actor", "user", "api_key_id", "created_at"
            ),
            PromptDependency.objects.filter(project=project).values_list(
                "version", "name", "number", "label"
            ),
        )
    ]


def problems(project: Project, given: Files, *, author: Author = SYSTEM, **options: Any) -> list[str]:
    before = rows_of(project)
    with pytest.raises(InvalidFiles) as caught:
        bring(project, given, author=author, **options)
    assert rows_of(project) == before
    return [str(problem) for problem in caught.value.problems]


def changes_of(plan: Plan) -> list[tuple[str, list[int], list[tuple[str, int | None, int, str]]]]:
    return [
        (
            change.document.name,
            [version.number for version in change.added],
            [(one.label, one.before, one.after, one.held_back) for one in change.labels],
        )
        for change in plan.changes
    ]


def test_what_people_write_becomes_prompts(cast: Cast) -> None:
    project, owner = cast.a.project, by_user(cast.owner)
    given = files("a/b", "{production: 1, x: 3}", v1="one", v3="three")
    plan = bring(project, given, author=owner, reason="from git")
    assert changes_of(plan) == [("a/b", [1, 3], [("production", None, 1, ""), ("x", None, 3, "")])]
    assert [holder(project.id, one, "a/b") for one in ("production", "x", "latest")] == [1, 3, 3]
    made = PromptVersion.objects.get(prompt__name="a/b", version=3)
    assert (made.content, made.config, made.created_by) == ("three", {}, cast.owner.pk)
    moves = list_moves(project.id, "a/b", label="production")
    assert [(m.cause, m.to_number, m.reason, m.user, m.is_imported) for m in moves] == [
        (MoveCause.IMPORT, 1, "from git", cast.owner, False)
    ]
    logged = AuditLog.objects.filter(project_id=project.id, user_id=cast.owner.pk)
    assert sorted(logged.values_list("action", flat=True)) == ["create", "create", "import"]
    assert make_version(project.id, "a/b").version == 4


def test_production_moves_only_when_asked(cast: Cast) -> None:
    project = cast.a.project
    make_version(project.id, labels=["production", "x"])
    given = files("p", "{production: 2, x: 2}", v2="new")
    plan = bring(project, given)
    assert changes_of(plan) == [("p", [2], [("production", 1, 2, UNASKED), ("x", 1, 2, "")])]
    assert plan.unasked == ["production"]
    assert [holder(project.id, one) for one in ("production", "x", "latest")] == [1, 2, 2]
    assert bring(project, given).is_empty
    bring(project, given, asked=["production"], reason="go")
    assert b'"version":2' in serve(Wanted(project.id, "p", label="production")).body
    last = list_moves(project.id, "p", label="production")[0]
    assert (last.from_number, last.to_number, last.cause, last.reason) == (1, 2, "import", "go")
    logged = AuditLog.objects.filter(action="update", resource_type="prompt").get(after__contains='"go"')
    assert '"labels": ["latest", "production", "x"]' in (logged.after or "")


def test_a_label_that_nobody_has_is_production_all_the_same(cast: Cast) -> None:
    make_version(cast.a.project_id)
    assert bring(cast.a.project, files("p", "{production: 1}")).unasked == ["production"]
    assert holder(cast.a.project_id, "production") is None


def test_rules_of_labels_hold(cast: Cast) -> None:
    project, member, owner = cast.a.project, person(cast.a), by_user(cast.owner)
    set_immutable_labels(project.id, ["v#"], author=owner)
    make_version(project.id, labels=["a", "b", "v1"])
    protect_label(project.id, "a", author=owner)
    protect_label(project.id, "b", author=owner, required_approvals=1)
    given = files("p", "{a: 2, b: 2, v1: 2}", v2="new")
    plan = bring(project, given, author=member)
    assert [one.held_back for one in plan.changes[0].labels][:2] == [UNASKED, UNASKED]
    assert "immutable" in plan.changes[0].labels[2].held_back
    assert "admins and owners" in problems(project, given, author=member, asked=["a"])[0]
    told = problems(project, given, author=owner, asked=["b"])
    assert told == ["p/prompt.yaml:2: Label 'b' needs 1 approvals in this project: propose a change"]
    assert "immutable" in problems(project, given, asked=["v1"])[0]
    bring(project, given, author=owner, asked=["a"])
    bring(project, given, author=SYSTEM, asked=["b"])
    assert [holder(project.id, one) for one in ("a", "b", "v1")] == [2, 2, 1]


def test_new_prompts_get_the_labels_that_the_author_may_set(cast: Cast) -> None:
    project = cast.a.project
    protect_label(project.id, "production", author=SYSTEM, required_approvals=1)
    given = files("p", "{production: 1, x: 1}", v1="new")
    plan = bring(project, given, author=by_user(cast.owner))
    assert "needs 1 approvals" in plan.changes[0].labels[0].held_back
    assert (holder(project.id, "production"), holder(project.id, "x")) == (None, 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (files("p", v1="other"), "p/v1.yaml:1: Version 1 is another one in the project"),
        (files("p", "{x: 3}", v2="y"), "p/prompt.yaml:2: There is no version 3"),
        (files("q"), "q/prompt.yaml:1: There is no version of this prompt"),
        ({"p/prompt.yaml": "name: p\ntype: chat", "p/v2.yaml": "prompt: []"}, "p/prompt.yaml:2: The prompt is"),
        (files("q", v1=f"'{tag('none')}'"), "q/v1.yaml:1: Prompt dependency not found: 'none'"),
        (
            files("q", v1=f"'{tag('r', 'version=1')}'") | files("r", v1=f"'{tag('q', 'version=1')}'"),
            "q/v1.yaml:1: Circular dependency: q → r → q",
        ),
    ],
)  # fmt: skip
def test_nothing_is_imported_by_halves(cast: Cast, given: Files, told: str) -> None:
    make_version(cast.a.project_id, prompt="x")
    found = problems(cast.a.project, files("fine", v1="fine") | given)
    assert found[0].startswith(told), found
    assert Prompt.objects.count() == 1


def test_true_and_one_are_not_the_same(cast: Cast) -> None:
    make_version(cast.a.project_id, prompt="x", config={"a": 1})
    given = files("p") | {"p/v1.yaml": "prompt: x\nconfig: {a: true}"}
    assert "Version 1 is another one" in problems(cast.a.project, given)[0]


def test_what_labels_have_broken_is_noted(cast: Cast) -> None:
    project = cast.a.project
    given = files("a", v1=f"'{tag('b', 'label=x')}'") | files("b", "{x: 1}", v1=f"'{tag('a', 'version=1')}'")
    plan = bring(project, given)
    assert sorted(map(str, plan.notes)) == [
        "a/v1.yaml:1: Circular dependency: a → b → a",
        "b/v1.yaml:1: Circular dependency: b → a → b",
    ]
    assert PromptDependency.objects.filter(project=project).count() == 2


def test_a_dry_run_leaves_nothing(cast: Cast) -> None:
    project, given = cast.a.project, files("p", "{x: 1}", v1="x")
    plan = bring(project, given, author=by_user(cast.owner), dry_run=True)
    assert changes_of(plan) == [("p", [1], [("x", None, 1, "")])]
    assert not Prompt.objects.exists() and not AuditLog.objects.filter(action="import").exists()
    bring(project, given, expected=plan.fingerprint)
    assert holder(project.id, "x") == 1


def test_a_project_that_changed_meanwhile(cast: Cast) -> None:
    project, given = cast.a.project, files("p", "{production: 2}", v2="new")
    make_version(project.id, labels=["production"])
    seen = bring(project, given, dry_run=True)
    make_version(project.id, "other")
    bring(project, given, expected=seen.fingerprint, dry_run=True)
    add_labels(project.id, "p", version=1, labels=["x"], author=SYSTEM)
    remove_label(project.id, "p", label="production", author=SYSTEM)
    with pytest.raises(PlanChanged) as caught:
        bring(project, given, expected=seen.fingerprint)
    assert changes_of(caught.value.plan) == [("p", [2], [("production", None, 2, UNASKED)])]
    assert bring(project, given, expected=caught.value.plan.fingerprint, asked=["production"]).unasked == []


def test_ids_that_another_project_has_are_made_anew(cast: Cast) -> None:
    make_version(cast.a.project_id, labels=["x"])
    exported, before = export(cast.a.project), rows_of(cast.a.project)
    bring(cast.b.project, exported, author=by_user(cast.outsider))
    assert rows_of(cast.a.project) == before
    assert prompt_of(cast.a.project_id).pk != prompt_of(cast.b.project_id).pk
    assert bring(cast.b.project, exported).changes == ()


def test_history_from_files_skips_no_review(cast: Cast) -> None:
    project, owner = cast.a.project, by_user(cast.owner)
    make_version(project.id, labels=["production"])
    make_version(project.id, labels=["production"])
    exported = export(project)
    empty(project)
    bring(project, exported)
    protect_label(project.id, "production", author=owner, required_approvals=1)
    with pytest.raises(Forbidden, match="needs 1 approvals"):
        roll_back(project.id, "p", label="production", author=owner)
    bring(project, exported | {"p/prompt.yaml": "name: p\nlabels: {production: 1}"}, asked=["production"])
    roll_back(project.id, "p", label="production", author=owner)
    assert holder(project.id, "production") == 2


def test_strangers_stay_unnamed(cast: Cast) -> None:
    project, owner = cast.a.project, by_user(cast.owner)
    told = {"v1": cast.outsider.pk, "v2": cast.viewer.pk, "v3": "nobody-here", "v4": "API"}
    given = files("p") | {f"p/{v}.yaml": f"prompt: x\ncreatedBy: {who}" for v, who in told.items()}
    bring(project, given, author=owner)
    makers = PromptVersion.objects.order_by("version").values_list("created_by", flat=True)
    assert list(makers) == [cast.owner.pk, cast.viewer.pk, "nobody-here", "API"]


def test_who_may_not_edit(cast: Cast) -> None:
    for author in (by_user(cast.viewer), by_user(cast.outsider)):
        with pytest.raises(Forbidden):
            bring(cast.a.project, files("p", v1="x"), author=author, dry_run=True)
    assert not Prompt.objects.exists()


def test_statements_do_not_grow_with_the_number_of_prompts(cast: Cast) -> None:
    def statements(count: int) -> int:
        given: Files = {}
        for number in range(count):
            given |= files(f"{count}-{number}", "{production: 2, x: 1}", v1="x", v2="y")
        with CaptureQueriesContext(connection) as queries:
            bring(cast.a.project, given, author=by_user(cast.owner))
        return len(queries)

    assert statements(60) == statements(3)


def test_folders_tell_names_apart_that_disks_do_not(cast: Cast) -> None:
    for name in ("Greeting", "greeting", "..", "a/v1.yaml", "a"):
        make_version(cast.a.project_id, name)
    folders = {path.rpartition("/")[0] for path in export(cast.a.project, "json")}
    assert len({folder.lower() for folder in folders}) == 5
    assert {"%2E%2E", "a/v1%2Eyaml", "a"} < folders
    only = dict(export_files(cast.a.project_id, "yaml", names=["a"]))
    assert sorted(only) == ["a/prompt.yaml", "a/v1.yaml"]
