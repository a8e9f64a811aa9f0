"""Prompts: create, get by version and label, compile, link to a generation; a missing name, a fallback."""

import json
import logging
import sys

from langfuse import get_client

NAME = f"folder {sys.argv[1]}/movie critic"
CHAT = f"chat critic {sys.argv[1]}"

logging.getLogger("langfuse").setLevel(logging.CRITICAL)
langfuse = get_client()
langfuse.create_prompt(name=NAME, prompt="First: {{movie}}", labels=["production"], tags=["film"])
langfuse.create_prompt(name=NAME, prompt="As a {{role}}, rate {{movie}}", config={"temperature": 0.7})
langfuse.create_prompt(
    name=NAME, prompt="Third: {{movie}}", labels=["production", "staging"], commit_message="shorter"
)
langfuse.create_prompt(
    name=CHAT,
    type="chat",
    prompt=[
        {"role": "system", "content": "You are {{role}}"},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "{{movie}}?"},
    ],
    labels=["production"],
)
langfuse.update_prompt(name=CHAT, version=1, new_labels=["tested"])

second = langfuse.get_prompt(NAME, version=2)
current = langfuse.get_prompt(NAME)
staging = langfuse.get_prompt(NAME, label="staging")
chat = langfuse.get_prompt(CHAT, type="chat")
fallback = langfuse.get_prompt("no such prompt", fallback="Say {{word}}")
try:
    langfuse.get_prompt("no such prompt")
    missing = "found"
except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what its users see
    missing = [type(error).__name__, error.status_code]

text = second.compile(role="critic", movie="Dune")
with langfuse.start_as_current_observation(name="prompted") as root:
    with langfuse.start_as_current_observation(
        name="linked", as_type="generation", model="gpt-4o", prompt=second, input=text
    ) as linked:
        linked.update(output="4/5", usage_details={"input": 9, "output": 2})
    with langfuse.start_as_current_observation(name="linked late", as_type="generation"):
        langfuse.update_current_generation(prompt=chat)
    with langfuse.start_as_current_observation(name="unlinked", as_type="generation", prompt=fallback):
        pass
langfuse.flush()
history = [{"role": "user", "content": "Hi"}]
print(
    json.dumps(
        {
            "trace": root.trace_id,
            "name": NAME,
            "second": {"version": second.version, "config": second.config, "text": text},
            "current": {"version": current.version, "labels": sorted(current.labels), "tags": current.tags},
            "commit": current.commit_message,
            "staging": staging.version,
            "chat": {
                "messages": chat.compile(role="Roger", movie="Dune", history=history),
                "labels": sorted(chat.labels),
            },
            "missing": missing,
        }
    )
)
