"""A chat's input or output in, the names of the tools that it offers or calls out.

Chats come as the bodies of model providers, as messages of frameworks, or wrapped in the arguments of a
traced function. What is too large, too deep or too long to look through is left unread.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import DecodeError

from tracing.wire.payloads import TEXT, Payload

MAX_CHARACTERS = 200_000
MAX_DEPTH = 12
MAX_NODES = 5_000
MAX_NAMES = 500
MAX_NAME = 256

HINT = re.compile(r'"(?:tool|func|server_tool|custom_tool|output_tool)')
"""No chat without one of these says anything of tools; ordinary payloads are told by this one scan."""

OFFERS = (
    *("tools", "functions", "function_tools", "output_tools"),
    *("function_declarations", "functionDeclarations"),
)
AROUND_OFFERS = (
    *("kwargs", "config", "invocation_params", "toolConfig", "tool_config"),
    *("request", "body", "params", "options", "model_request_parameters"),
)
DEFINITIONS = ("function", "toolSpec", "custom")

CALLS = (
    *("tool_calls", "toolCalls", "tool_call", "function_call", "functionCall"),
    *("toolUse", "toolRequest"),
)
CALL_TYPES = ("function_call", "custom_tool_call", "tool_call", "tool-call", "tool_use", "server_tool_use")
AROUND_CALLS = (
    *("message", "messages", "choices", "delta", "content", "parts", "candidates"),
    *("output", "outputs", "response", "generations", "kwargs", "additional_kwargs"),
)
NAMES = ("name", "toolName", "tool_name")
NOT_ASSISTANTS = ("user", "system", "developer", "tool", "function", "human")


def tool_names_of(payload: Payload | None) -> list[str] | None:
    """Return the names of the tools that an input offers, each once; None where it offers none."""
    return offered(decoded(payload.text)) if payload is not None and _may_speak(payload) else None


def tool_call_names_of(payload: Payload | None) -> list[str] | None:
    """Return the names of the tools that an output calls, in order; None where it calls none."""
    return called(decoded(payload.text)) if payload is not None and _may_speak(payload) else None


def offered(chat: Any) -> list[str] | None:
    """Return the names of the tools that a decoded chat offers, each once; None where it offers none."""
    names = list(dict.fromkeys(_offers(chat, MAX_DEPTH)))
    return names[:MAX_NAMES] or None


def called(chat: Any) -> list[str] | None:
    """Return the names of the tools that a decoded chat calls, in order; None where it calls none."""
    return _Calls().of(chat)


def defined(definitions: Any) -> list[str] | None:
    """Return the names in decoded definitions of tools, each once; None where there are none."""
    names = list(dict.fromkeys(_defined(definitions, MAX_DEPTH)))
    return names[:MAX_NAMES] or None


def decoded(text: str) -> Any:
    """Return the value of JSON; None where there is none, or it is too large."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        return msgspec.json.decode(text)
    except (DecodeError, RecursionError):
        return None


def _may_speak(payload: Payload) -> bool:
    return (
        payload.form != TEXT and len(payload.text) <= MAX_CHARACTERS and HINT.search(payload.text) is not None
    )


def _offers(chat: Any, depth: int) -> Iterator[str]:
    if isinstance(chat, dict) and depth:
        for key in OFFERS:
            yield from _defined(chat.get(key), depth)
        for key in AROUND_OFFERS:
            yield from _offers(chat.get(key), depth - 1)
    elif isinstance(chat, list):
        # LangChain's callback appends what is offered to the messages.
        for message in chat[:MAX_NODES]:
            if isinstance(message, dict) and message.get("role") == "tool":
                content = message.get("content")
                yield from _defined([content] if isinstance(content, dict) else None, depth)


def _defined(definitions: Any, depth: int) -> Iterator[str]:
    """Yield the names of definitions in a list, in lists of such, or by name."""
    if isinstance(definitions, list):
        for definition in definitions[:MAX_NODES]:
            inner = decoded(definition) if isinstance(definition, str) else definition
            if isinstance(inner, dict) and depth:
                yield from _definition(inner, depth - 1)
    elif isinstance(definitions, dict):
        yield from (name for name, inner in definitions.items() if isinstance(inner, dict) and _is_name(name))


def _definition(definition: dict[str, Any], depth: int) -> Iterator[str]:
    for key in ("function_declarations", "functionDeclarations"):
        yield from _defined(definition.get(key), depth)
    name = _name(definition, DEFINITIONS)
    if name is not None:
        yield name


def _name(holder: dict[str, Any], within: tuple[str, ...]) -> str | None:
    """Return the name that an object has, or that an object within it has."""
    for inner in (*(holder.get(key) for key in within), holder):
        if isinstance(inner, dict):
            found = next((inner[key] for key in NAMES if _is_name(inner.get(key))), None)
            if found is not None:
                return str(found)
    return None


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME and "\0" not in name


class _Calls:
    """The calls in one chat: each is taken where it is found first, and not again from another spelling."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._left = MAX_NODES

    def of(self, chat: Any) -> list[str] | None:
        self._walk(chat, MAX_DEPTH)
        return self._names[:MAX_NAMES] or None

    def _walk(self, node: Any, depth: int) -> None:
        self._left -= 1
        if self._left < 0 or not depth:
            return
        if isinstance(node, str) and node[:1] in ("{", "[") and HINT.search(node):
            node = decoded(node)
        if isinstance(node, list):
            for element in node[: self._left]:
                self._walk(element, depth - 1)
        elif isinstance(node, dict) and node.get("role") not in NOT_ASSISTANTS and not self._take(node):
            for key in AROUND_CALLS:
                if key in node:
                    self._walk(node[key], depth - 1)

    def _take(self, node: dict[str, Any]) -> bool:
        """Take the calls that an object is or has itself; return whether there are any."""
        if _is_call(node):
            calls: Any = [node]
        else:
            calls = next((value for key in CALLS if (value := node.get(key))), None)
        if isinstance(calls, str):
            calls = decoded(calls)
        found = [self._call(call) for call in (calls if isinstance(calls, list) else [calls])]
        names = [name for name in found if name is not None]
        self._names += names
        return bool(names)

    def _call(self, call: Any) -> str | None:
        if not isinstance(call, dict):
            return None
        inner = call.get("tool_call")
        return _name(inner if isinstance(inner, dict) else call, ("function", "custom"))


def _is_call(node: dict[str, Any]) -> bool:
    if node.get("type") in CALL_TYPES or node.get("part_kind") == "tool-call":
        return True
    return "toolCallId" in node and "toolName" in node and "result" not in node and "output" not in node
