"""How often each grouping mechanism splits one bug or joins two: `python -m tests.bench.grouping`.

Counted on the recorded events of real SDKs, where a case of one client is one bug whatever its version, and on a made-up
history (tests.bench.grouping_history). RUSTRAK_TEST_CAPTURED names the directory of the recordings. Prints Markdown.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from issues.payload import exception, fingerprint
from rustrak.lib import tolerant_json
from tests.bench import grouping_history
from tests.lib import replay

Event = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Score:
    """`bugs` that struck more than once or not, the `issues` that were made of them, how many bugs were `split`, and how many
    issues `joined` two or more bugs."""

    bugs: int
    issues: int
    split: tuple[str, ...]
    joined: tuple[tuple[str, ...], ...]


def score(pairs: Iterable[tuple[str, str]]) -> Score:
    """The score of (bug, key) pairs."""
    keys_of: defaultdict[str, set[str]] = defaultdict(set)
    bugs_of: defaultdict[str, set[str]] = defaultdict(set)
    for bug, key in pairs:
        keys_of[bug].add(key)
        bugs_of[key].add(bug)
    split = tuple(f"{bug} ({len(keys)})" for bug, keys in keys_of.items() if len(keys) > 1)
    joined = tuple(tuple(sorted(bugs)) for bugs in bugs_of.values() if len(bugs) > 1)
    return Score(len(keys_of), len(bugs_of), split, joined)


def recorded() -> Iterator[Event]:
    """The events of the recordings, each with its client, its case, and which event of the request it is."""
    for request in replay.recorded():
        named = re.match(r"(.+?)-(\d[\w.]*)-(.+?)(?:-(\d+))?$", request.name)
        if named is None:
            continue
        for index, event in enumerate(_events(request)):
            kind = "message" if exception.main(event) is None else "exception"
            yield f"{named[1]} {named[3]} {kind} {index}", event


def _events(request: replay.Recorded) -> Iterator[dict[str, Any]]:
    headers = {name.lower(): value for name, value in request.headers}
    body = request.body
    try:
        if headers.get("content-encoding") in ("gzip", "deflate"):
            body = zlib.decompress(body, 47)
    except zlib.error:
        return
    if "envelope" not in request.target:
        return
    at = body.find(b"\n") + 1
    while 0 < at < len(body):
        end = body.find(b"\n", at)
        try:
            header = json.loads(body[at:end])
        except ValueError:
            return
        length = header.get("length")
        stop = body.find(b"\n", end + 1) if length is None else end + 1 + length
        item = body[end + 1 : stop if stop >= 0 else len(body)]
        at = stop + 1 if stop >= 0 else len(body)
        if header.get("type") == "event":
            yield tolerant_json.load(item)[0]


def report(title: str, events: Iterable[Event]) -> Iterator[str]:
    """The scores of both mechanisms as Markdown, with what each got wrong."""
    keyed = [(bug, fingerprint.grouping_keys(event)) for bug, event in events]
    yield f"## {title}: {len(keyed)} events\n"
    yield "| mechanism | bugs | issues | bugs that were split | issues that join bugs |"
    yield "|---|---|---|---|---|"
    scores = {
        name: score((bug, getattr(keys, name)) for bug, keys in keyed) for name in fingerprint.Keys._fields
    }
    for name, one in scores.items():
        yield f"| {name} | {one.bugs} | {one.issues} | {len(one.split)} | {len(one.joined)} |"
    for name, one in scores.items():
        yield f"\n{name} splits: {'; '.join(one.split) or 'none'}\n"
        yield f"{name} joins: {'; '.join(' + '.join(each) for each in one.joined) or 'none'}\n"


if __name__ == "__main__":
    for part in (report("Recorded", recorded()), report("History", grouping_history.history())):
        for text in part:
            print(text.encode("utf-8", "replace").decode())
