"""Prompts: create, get by version and label, compile, link to a generation; a missing name, a fallback."""

import json

from langfuse import Langfuse
from langfuse.api.resources.commons.errors.not_found_error import NotFoundError

NAME = "folder/movie critic"

langfuse = Langfuse()
langfuse.create_prompt(name=NAME, prompt="First: {{movie}}", labels=["production"], tags=["film"])
langfuse.create_prompt(name=NAME, prompt="As a {{role}}, rate {{movie}}", config={"temperature": 0.7})
langfuse.create_prompt(name=NAME, prompt="Third: {{movie}}", labels=["production", "staging"])
langfuse.create_prompt(
    name="chat critic",
    type="chat",
    prompt=[{"role": "system", "content": "You are {{role}}"}, {"role": "user", "content": "{{movie}}?"}],
    labels=["production"],
)
langfuse.update_prompt(name="chat critic", version=1, new_labels=["tested"])

second = langfuse.get_prompt(NAME, version=2)
current = langfuse.get_prompt(NAME)
staging = langfuse.get_prompt(NAME, label="staging")
chat = langfuse.get_prompt("chat critic", type="chat")
fallback = langfuse.get_prompt("no such prompt", fallback="Say {{word}}")
try:
    langfuse.get_prompt("no such prompt")
    missing = "found"
except NotFoundError as error:
    missing = str(error.body)

text = second.compile(role="critic", movie="Dune")
trace = langfuse.trace(name="prompted")
linked = trace.generation(name="linked", model="gpt-4o", prompt=second, input=text)
linked.end(output="4/5", usage={"input": 9, "output": 2})
unlinked = trace.generation(name="unlinked", prompt=fallback, input=fallback.compile(word="hi"))
unlinked.end()
langfuse.flush()
print(
    json.dumps(
        {
            "trace": trace.id,
            "linked": linked.id,
            "unlinked": unlinked.id,
            "second": {"version": second.version, "config": second.config, "text": text},
            "current": {"version": current.version, "labels": sorted(current.labels), "tags": current.tags},
            "staging": staging.version,
            "chat": {"messages": chat.compile(role="Roger", movie="Dune"), "labels": sorted(chat.labels)},
            "missing": missing,
        }
    )
)
