"""Events that are much too large, each for another reason."""

from __future__ import annotations

from tests.lib import events


def _frames() -> bytes:
    return events.dumps(events.python_event(1, frames=7000, variables=True))


def _extra() -> bytes:
    rows = [{"id": n, "name": f"row {n}", "price": n * 1.5, "tags": ["a", "b"]} for n in range(120_000)]
    return events.dumps(events.python_event(1) | {"extra": {"rows": rows}})


#: Functions that make the JSON of an event of about eight times the usual limit, by what makes it large.
LARGE = {
    "dense": lambda: b'{"message":"m","extra":[' + b",".join([b"[{}]"] * 1_600_000) + b"]}",
    "frames": _frames,
    "extra": _extra,
    "text": lambda: events.dumps(events.python_event(1) | {"extra": {"a": "\0" + "ä" * 4_000_000}}),
}
