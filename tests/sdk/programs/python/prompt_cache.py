"""A prompt kept by the SDK while somebody else changes it: old, then refreshed; composed; deleted, a fallback."""

import base64
import json
import logging
import os
import sys
import time
from urllib.parse import quote
from urllib.request import Request, urlopen

from langfuse import Langfuse

NAME = f"kept {sys.argv[1]}/by the SDK"
URL = f"{os.environ['LANGFUSE_HOST']}/api/public/v2/prompts"
TOKEN = base64.b64encode(
    f"{os.environ['LANGFUSE_PUBLIC_KEY']}:{os.environ['LANGFUSE_SECRET_KEY']}".encode()
).decode()


def elsewhere(method: str, url: str, body: object = None) -> None:
    """Do what another client would, of which this SDK knows nothing."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Basic {TOKEN}", "Content-Type": "application/json"}
    urlopen(Request(url, data=data, headers=headers, method=method), timeout=10).close()


def get() -> int:
    return langfuse.get_prompt(NAME, cache_ttl_seconds=1).version


logging.getLogger("langfuse").setLevel(logging.CRITICAL)
langfuse = Langfuse()
langfuse.create_prompt(name=NAME, prompt="one", labels=["production"])
seen = [get()]
elsewhere("POST", URL, {"name": NAME, "prompt": "two", "labels": ["production"]})
seen.append(get())
until = time.monotonic() + 10
while seen[-1] != 2 and time.monotonic() < until:
    time.sleep(0.2)
    seen.append(get())

tag = f"@@@langfusePrompt:name={NAME}|label=production@@@"
langfuse.create_prompt(name=f"{NAME} outer", prompt=f"[{tag}] {{{{who}}}}", labels=["production"])
outer = langfuse.get_prompt(f"{NAME} outer")
elsewhere("DELETE", f"{URL}/{quote(NAME + ' outer', safe='')}")
elsewhere("DELETE", f"{URL}/{quote(NAME)}")
fallback = langfuse.get_prompt(NAME, cache_ttl_seconds=0, fallback="Say {{word}}", max_retries=1)
print(
    json.dumps(
        {
            "seen": sorted(set(seen)),
            "first": seen[:2],
            "outer": outer.compile(who="me"),
            "fallback": [fallback.is_fallback, fallback.compile(word="hi")],
        }
    )
)
