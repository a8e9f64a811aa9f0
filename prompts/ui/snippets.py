"""A prompt's version and the address of this site in; the code that gets it with each line of SDKs out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from urllib.parse import quote

from prompts.wire import LATEST, PRODUCTION

PUBLIC_KEY, SECRET_KEY = "pk-lf-…", "sk-lf-…"
"""Stand where the keys go: a page can't show a secret again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched, by label where the version has one worth asking for."""

    host: str
    name: str
    type: str
    number: int
    label: str | None
    variables: Sequence[str] = ()
    placeholders: Sequence[str] = ()

    @property
    def is_chat(self) -> bool:
        return self.type == "chat"


@dataclass(frozen=True, slots=True)
class Snippet:
    id: str
    title: str
    code: str


FIRST_NAME = "greeting"
FIRST_TEXT = "Greet {{name}} in one sentence."


def snippets_of(wanted: Wanted) -> list[Snippet]:
    """Return how to get a version, one snippet for each line of SDKs."""
    return _titled(
        _python(wanted), _javascript(wanted), _python2(wanted), _javascript3(wanted), _curl(wanted)
    )


def first_snippets(host: str) -> list[Snippet]:
    """Return how to create a prompt and get it: for projects that have none."""
    wanted = Wanted(host, FIRST_NAME, "text", 1, PRODUCTION, ["name"])
    return _titled(
        _python(wanted, first=_PYTHON_CREATION),
        _javascript(wanted, first=_javascript_creation("prompt.create")),
        _python2(wanted, first=_PYTHON_CREATION),
        _javascript3(wanted, first=_javascript_creation("createPrompt")),
        _curl_creation(host) + _curl(wanted),
    )


def best_label(labels: Sequence[str]) -> str | None:
    """Return the label by which an application would ask for a version; None: by its number."""
    own = sorted(set(labels) - {LATEST})
    if PRODUCTION in own:
        return PRODUCTION
    return own[0] if own else (LATEST if LATEST in labels else None)


def _titled(python: str, javascript: str, python2: str, javascript3: str, curl: str) -> list[Snippet]:
    return [
        Snippet("python", "Python 3–5", python),
        Snippet("js", "JavaScript 4–5", javascript),
        Snippet("python2", "Python 2", python2),
        Snippet("js3", "JavaScript 3", javascript3),
        Snippet("curl", "curl", curl),
    ]


_PYTHON_CREATION = f"""langfuse.create_prompt(
    name="{FIRST_NAME}",
    prompt="{FIRST_TEXT}",
    labels=["{PRODUCTION}"],
)

"""


def _javascript_creation(function: str) -> str:
    return f"""await langfuse.{function}({{
  name: "{FIRST_NAME}",
  type: "text",
  prompt: "{FIRST_TEXT}",
  labels: ["{PRODUCTION}"],
}});

"""


def _curl_creation(host: str) -> str:
    body = json.dumps({"name": FIRST_NAME, "prompt": FIRST_TEXT, "labels": [PRODUCTION]})
    return f"""curl -u {PUBLIC_KEY}:{SECRET_KEY} \\
  -H 'Content-Type: application/json' '{host}/api/public/v2/prompts' -d '{body}'

"""


def _python(wanted: Wanted, *, first: str = "") -> str:
    return f"""# pip install langfuse
import os

os.environ["LANGFUSE_PUBLIC_KEY"] = "{PUBLIC_KEY}"
os.environ["LANGFUSE_SECRET_KEY"] = "{SECRET_KEY}"
os.environ["LANGFUSE_BASE_URL"] = {_text(wanted.host)}

from langfuse import get_client

langfuse = get_client()
{first}prompt = langfuse.get_prompt({_python_arguments(wanted)})
print(prompt.compile({_keywords(wanted)}))"""


def _python2(wanted: Wanted, *, first: str = "") -> str:
    if wanted.placeholders:
        return "# SDK 2 refuses chats with placeholders: this prompt needs SDK 3 or later, `pip install langfuse`."
    return f"""# pip install "langfuse<3"
from langfuse import Langfuse

langfuse = Langfuse(
    public_key="{PUBLIC_KEY}",
    secret_key="{SECRET_KEY}",
    host={_text(wanted.host)},
)

{first}prompt = langfuse.get_prompt({_python_arguments(wanted)})
print(prompt.compile({_keywords(wanted)}))"""


def _javascript(wanted: Wanted, *, first: str = "") -> str:
    return f"""// npm install @langfuse/client
import {{ LangfuseClient }} from "@langfuse/client";

const langfuse = new LangfuseClient({{
  publicKey: "{PUBLIC_KEY}",
  secretKey: "{SECRET_KEY}",
  baseUrl: {_text(wanted.host)},
}});

{first}const prompt = await langfuse.prompt.get({_text(wanted.name)}, {_options(wanted, with_number=True)});
console.log(prompt.compile({_objects(wanted)}));"""


def _javascript3(wanted: Wanted, *, first: str = "") -> str:
    number = "undefined" if wanted.label else str(wanted.number)
    return f"""// npm install langfuse@3
import {{ Langfuse }} from "langfuse";

const langfuse = new Langfuse({{
  publicKey: "{PUBLIC_KEY}",
  secretKey: "{SECRET_KEY}",
  baseUrl: {_text(wanted.host)},
}});

{first}const prompt = await langfuse.getPrompt({_text(wanted.name)}, {number}, {_options(wanted)});
console.log(prompt.compile({_objects(wanted)}));"""


def _curl(wanted: Wanted) -> str:
    # curl takes `a/../b` for `b`.
    safe = "-._~" if ".." in wanted.name else "-._~/"
    name = quote(wanted.name, safe=safe)
    selector = f"label={wanted.label}" if wanted.label else f"version={wanted.number}"
    return f"""curl -u {PUBLIC_KEY}:{SECRET_KEY} \\
  '{wanted.host}/api/public/v2/prompts/{name}?{selector}'"""


def _python_arguments(wanted: Wanted) -> str:
    arguments = [_text(wanted.name)]
    arguments.append(f"label={_text(wanted.label)}" if wanted.label else f"version={wanted.number}")
    if wanted.is_chat:
        arguments.append('type="chat"')
    return ", ".join(arguments)


def _keywords(wanted: Wanted) -> str:
    values = dict.fromkeys(wanted.variables, '"…"')
    values |= dict.fromkeys(wanted.placeholders, '[{"role": "user", "content": "…"}]')
    if any(iskeyword(name) for name in values):
        return f"**{{{', '.join(f'{_text(name)}: {value}' for name, value in values.items())}}}"
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _options(wanted: Wanted, *, with_number: bool = False) -> str:
    options = []
    if wanted.label:
        options.append(f"label: {_text(wanted.label)}")
    elif with_number:
        options.append(f"version: {wanted.number}")
    if wanted.is_chat:
        options.append('type: "chat"')
    return f"{{ {', '.join(options)} }}" if options else "{}"


def _objects(wanted: Wanted) -> str:
    variables = ", ".join(f'{name}: "…"' for name in wanted.variables)
    values = f"{{ {variables} }}" if variables else "{}" if wanted.placeholders else ""
    if not wanted.placeholders:
        return values
    messages = '[{ role: "user", content: "…" }]'
    return f"{values}, {{ {', '.join(f'{name}: {messages}' for name in wanted.placeholders)} }}"


def _text(text: str) -> str:
    """Return a literal that Python and JavaScript read alike."""
    return json.dumps(text, ensure_ascii=False)
