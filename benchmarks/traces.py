"""A seed in, the events of realistic traces out, always the same, as bodies whose ids are made fresh by one replace."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

TOKEN = b"7e57-4000-8000-000000000000"
"""The part of every id that a send replaces: eight random digits before it keep ids spread over an index."""

STEMS, JOINTS = (line.split() for line in (Path(__file__).parent / "words.txt").read_text().splitlines())
ENDINGS = ("", "", "", "s", "s", "ed", "ing", "er", "less", "ful")
MODELS = ("gpt-4o", "gpt-4o", "gpt-4o-mini", "gpt-4.1-mini", "claude-3-5-sonnet-20241022", "gemini-1.5-pro")
NAMES = ("answer-question", "summarize-ticket", "draft-reply", "plan-trip", "review-contract")
GENERATION_CHARACTERS = (1_000, 12_000)
"""The least and the most of a generation's input and output together; small ones are more frequent."""
FIRST_MINUTE = b"2026-03-02T09:00:"
SPREAD_SECONDS = 6 * 3600
"""Over how long the traces of a reel are spread, from the first minute on."""
SCORED_OF = 3
CHARACTERS_OF_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Reel:
    """The bodies of whole traces in the order they are sent; a trace may begin in one and end in the next."""

    bodies: tuple[bytes, ...]
    counts: tuple[int, ...]
    rows: tuple[int, ...]
    """By body, how many rows of traces, observations and scores come of it."""
    last_observations: tuple[str | None, ...]
    """By body, the last observation's id as the API shows it, for whoever waits until it is visible."""
    token: bytes
    """The part of every id that a send replaces."""
    new_token: Callable[[random.Random], bytes]
    """Returns what makes a pass through the reel unlike any other."""
    shown: Callable[[bytes], str]
    """Returns how the API spells a token."""

    def fresh(self, index: int, token: bytes) -> bytes:
        """Return a body with ids that nobody has sent; the token comes from `new_token`."""
        return self.bodies[index].replace(self.token, token)

    def observation(self, index: int, token: bytes) -> str | None:
        last = self.last_observations[index]
        return None if last is None else last.replace(self.shown(self.token), self.shown(token))

    @property
    def bytes_per_event(self) -> float:
        return sum(map(len, self.bodies)) / sum(self.counts)


def fresh_token(random_: random.Random) -> bytes:
    """Return the rest of an id that nobody has."""
    digits = f"{random_.getrandbits(96):024x}"
    return f"{digits[:4]}-4{digits[5:8]}-8{digits[9:12]}-{digits[12:]}".encode()


def make_traces(random_: random.Random, *, spread: int = SPREAD_SECONDS) -> Iterator[list[dict[str, Any]]]:
    """Yield the events of one trace after the other, without end."""
    while True:
        yield _Trace(random_, spread).events()


def make_reel(batch: int, *, batches: int, seed: int = 1, spread: int = SPREAD_SECONDS) -> Reel:
    """Return at least `batches` bodies of `batch` events; the last may be shorter."""
    random_ = random.Random(seed)
    events: list[dict[str, Any]] = []
    traces = make_traces(random_, spread=spread)
    while len(events) < batch * batches:
        events += next(traces)
    groups = [events[start : start + batch] for start in range(0, len(events), batch)]
    return Reel(
        bodies=tuple(_body(group) for group in groups),
        counts=tuple(map(len, groups)),
        rows=tuple(map(len, groups)),
        last_observations=tuple(_last_observation(group) for group in groups),
        token=TOKEN,
        new_token=fresh_token,
        shown=bytes.decode,
    )


def _body(events: list[dict[str, Any]]) -> bytes:
    metadata = {
        "batch_size": len(events),
        "sdk_integration": "default",
        "sdk_name": "python",
        "sdk_version": "2.60.10",
        "public_key": "pk-lf-benchmark",
    }
    return json.dumps({"batch": events, "metadata": metadata}).encode()


def _last_observation(events: list[dict[str, Any]]) -> str | None:
    ids = [event["body"]["id"] for event in events if event["type"] in OBSERVATIONS]
    return ids[-1] if ids else None


OBSERVATIONS = frozenset({"span-create", "generation-create", "event-create"})


class _Trace:
    """One run of an application: it looks something up, asks a model twice and notes what it did."""

    def __init__(self, random_: random.Random, spread: int) -> None:
        self._random = random_
        self._words = _words(random_)
        self._clock = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(seconds=random_.randrange(spread))
        self._id = self._new_id()
        self._root = self._new_id()

    def events(self) -> list[dict[str, Any]]:
        """Return the trace, a root, a retrieval, two generations, an event, and for some a score."""
        question, answer = self._text(120), self._text(300)
        name = self._random.choice(NAMES)
        events = [
            self._event("trace-create", self._trace(name, question, answer), self._id),
            self._event("span-create", self._span(name, question, answer), self._root),
            self._observation("span-create", self._retrieval(question)),
            self._observation("generation-create", self._generation("route")),
            self._observation("generation-create", self._generation("answer")),
            self._observation(
                "event-create", {"name": "cached", "metadata": {"hit": False, "store": "memory"}}
            ),
        ]
        if self._random.randrange(SCORED_OF) == 0:
            events.append(self._event("score-create", self._score(), self._new_id()))
        return events

    def _trace(self, name: str, question: str, answer: str) -> dict[str, Any]:
        return {
            "timestamp": self._now(),
            "name": name,
            "userId": f"user-{self._random.randrange(2000)}",
            "sessionId": f"session-{self._random.randrange(5000)}",
            "release": "2026.3.1",
            "tags": ["production", self._random.choice(("web", "mobile"))],
            "metadata": {
                "tenant": f"t{self._random.randrange(40)}",
                "experiment": {"arm": "b", "share": 0.5},
            },
            "input": {"question": question},
            "output": answer,
        }

    def _span(self, name: str, question: str, answer: str) -> dict[str, Any]:
        return {
            "traceId": self._id,
            "name": name,
            "startTime": self._now(),
            "endTime": self._now(after=4.2),
            "input": {"question": question},
            "output": answer,
            "metadata": {"worker": f"w{self._random.randrange(8)}"},
        }

    def _retrieval(self, question: str) -> dict[str, Any]:
        return {
            "name": "retrieval",
            "endTime": self._now(after=0.2),
            "input": {"query": question, "top_k": 3},
            "output": [{"document": self._new_id(), "text": self._text(240)} for _ in range(3)],
            "metadata": {"index": "articles", "took_ms": self._random.randrange(20, 200)},
        }

    def _generation(self, name: str) -> dict[str, Any]:
        least, most = GENERATION_CHARACTERS
        size = int(least * (most / least) ** self._random.random() ** 1.2)
        made = int(size * self._random.uniform(0.15, 0.5))
        return {
            "name": name,
            "endTime": self._now(after=1.9),
            "completionStartTime": self._now(after=0.4),
            "model": self._random.choice(MODELS),
            "modelParameters": {"temperature": 0.7, "max_tokens": 1024, "top_p": 1},
            "input": [
                {"role": "system", "content": self._text((size - made) // 3)},
                {"role": "user", "content": self._text(2 * (size - made) // 3)},
            ],
            "output": {"role": "assistant", "content": self._text(made)},
            "usage": {
                "input": (size - made) // CHARACTERS_OF_A_TOKEN,
                "output": made // CHARACTERS_OF_A_TOKEN,
                "unit": "TOKENS",
            },
            "metadata": {"provider": "openai", "attempt": 1, "stream": True},
        }

    def _score(self) -> dict[str, Any]:
        return {
            "traceId": self._id,
            "name": "helpfulness",
            "value": round(self._random.random(), 3),
            "comment": self._text(60),
            "dataType": "NUMERIC",
        }

    def _observation(self, type_: str, body: dict[str, Any]) -> dict[str, Any]:
        common = {"traceId": self._id, "parentObservationId": self._root, "startTime": self._now()}
        return self._event(type_, common | body, self._new_id())

    def _event(self, type_: str, body: dict[str, Any], id_: str) -> dict[str, Any]:
        return {"id": self._new_id(), "type": type_, "timestamp": self._now(), "body": {"id": id_, **body}}

    def _new_id(self) -> str:
        return f"{self._random.getrandbits(32):08x}-{TOKEN.decode()}"

    def _now(self, *, after: float = 0) -> str:
        """Return a moment a little later than the last one, or so many seconds after now."""
        self._clock += timedelta(microseconds=self._random.randrange(200, 90_000))
        return (
            (self._clock + timedelta(seconds=after)).isoformat(timespec="microseconds").replace("+00:00", "Z")
        )

    def _text(self, characters: int) -> str:
        """Return sentences of about so many characters."""
        words: list[str] = []
        size = 0
        while size < characters:
            sentence = " ".join(islice(self._words, self._random.randrange(6, 18)))
            words.append(
                f"{sentence[:1].upper()}{sentence[1:]}{self._random.choice(('.', '.', '.', '?', ',', ':'))}"
            )
            size += len(sentence) + 2
        return " ".join(words)


def _words(random_: random.Random) -> Iterator[str]:
    """Yield joints and derived words in turn; squaring makes some of them frequent, as in any language."""
    while True:
        yield JOINTS[int(len(JOINTS) * random_.random() ** 2)]
        for _ in range(random_.randrange(1, 3)):
            yield STEMS[int(len(STEMS) * random_.random() ** 1.5)] + random_.choice(ENDINGS)
