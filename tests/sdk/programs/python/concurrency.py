"""Threads and tasks at once: every one has a trace, a user and a session of its own."""

import asyncio
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor

from langfuse import get_client, observe, propagate_attributes

THREADS = 8
TASKS = 8

langfuse = get_client()


@observe(as_type="tool")
def look_up(key: str) -> str:
    time.sleep(random.random() / 50)
    return f"found {key}"


@observe(as_type="tool")
async def look_up_soon(key: str) -> str:
    await asyncio.sleep(random.random() / 50)
    return f"found {key}"


def in_a_thread(key: str) -> tuple[str, str]:
    with (
        propagate_attributes(user_id=key, session_id=f"session of {key}", metadata={"key": key}),
        langfuse.start_as_current_observation(name=f"work on {key}", input=key) as root,
    ):
        root.update(output=[look_up(f"{key} {step}") for step in range(3)])
        return key, root.trace_id


async def in_a_task(key: str) -> tuple[str, str]:
    with (
        propagate_attributes(user_id=key, session_id=f"session of {key}", metadata={"key": key}),
        langfuse.start_as_current_observation(name=f"work on {key}", input=key) as root,
    ):
        root.update(output=await asyncio.gather(*(look_up_soon(f"{key} {step}") for step in range(3))))
        return key, root.trace_id


async def all_tasks() -> list[tuple[str, str]]:
    return await asyncio.gather(*(in_a_task(f"task-{number}") for number in range(TASKS)))


with ThreadPoolExecutor(THREADS) as pool:
    tasks = pool.submit(asyncio.run, all_tasks())
    threads = list(pool.map(in_a_thread, (f"thread-{number}" for number in range(THREADS - 1))))
langfuse.flush()
print(json.dumps(dict([*threads, *tasks.result()])))
