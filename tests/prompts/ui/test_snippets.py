"""A version in, code that names it as it is: literals that the language reads back."""

import ast
import json
import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from prompts.ui.snippets import Wanted, best_label, first_snippets, snippets_of

HOST = "https://llm.example.com"
NAMES = ["greeting", "a/b c", 'quote" and \\', "Größe/日本語 🦊", "it's; rm -rf $HOME", "{{x}} {y}", "a/../b"]
PLAIN = Wanted(HOST, "greeting", "text", 3, "production", ["name"])


def snippet(wanted: Wanted, id: str) -> str:
    return next(one.code for one in snippets_of(wanted) if one.id == id)


def python_call(code: str, method: str) -> ast.Call:
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return next(call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == method)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("id", ["python", "python2"])
def test_python_names_the_prompt(name: str, id: str) -> None:
    call = python_call(snippet(replace(PLAIN, name=name), id), "get_prompt")
    assert [ast.literal_eval(argument) for argument in call.args] == [name]
    assert {word.arg: ast.literal_eval(word.value) for word in call.keywords} == {"label": "production"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("id", "method"), [("js", "prompt.get"), ("js3", "getPrompt")])
def test_javascript_names_the_prompt(name: str, id: str, method: str) -> None:
    code = snippet(replace(PLAIN, name=name), id)
    start = code.index(f"{method}(") + len(method) + 1
    assert json.JSONDecoder().raw_decode(code, start)[0] == name


@pytest.mark.parametrize("name", NAMES)
def test_curl_names_the_prompt(name: str) -> None:
    urls = re.findall(r"'(http[^']*)'", snippet(replace(PLAIN, name=name), "curl"))
    url = urlsplit(urls[0])
    assert unquote(url.path) == f"/api/public/v2/prompts/{name}"
    assert url.query == "label=production"


def test_a_version_without_a_label_is_asked_for_by_its_number() -> None:
    wanted = replace(PLAIN, label=None)
    assert 'get_prompt("greeting", version=3)' in snippet(wanted, "python")
    assert 'getPrompt("greeting", 3, {})' in snippet(wanted, "js3")
    assert 'prompt.get("greeting", { version: 3 })' in snippet(wanted, "js")
    assert "greeting?version=3" in snippet(wanted, "curl")


def test_placeholders_are_given_where_the_sdk_knows_them() -> None:
    wanted = replace(PLAIN, type="chat", placeholders=["history"])
    assert 'history=[{"role": "user", "content": "…"}]' in snippet(wanted, "python")
    assert 'compile({ name: "…" }, { history: [{ role: "user"' in snippet(wanted, "js")
    assert snippet(wanted, "python2").startswith("# SDK 2 refuses chats with placeholders")


def test_a_variable_with_the_name_of_a_keyword() -> None:
    call = python_call(snippet(replace(PLAIN, variables=["class", "a"]), "python"), "compile")
    assert ast.literal_eval(call.keywords[0].value) == {"class": "…", "a": "…"}


@pytest.mark.parametrize(
    ("labels", "best"),
    [
        (["latest", "production", "a"], "production"),
        (["latest", "b", "a"], "a"),
        (["latest"], "latest"),
        ([], None),
    ],
)
def test_the_label_to_ask_for(labels: list[str], best: str | None) -> None:
    assert best_label(labels) == best


def test_the_first_prompt_is_created_and_fetched() -> None:
    for one in first_snippets(HOST):
        assert HOST in one.code
        assert "Greet {{name}} in one sentence." in one.code
        assert one.code.count("greeting") >= 2
