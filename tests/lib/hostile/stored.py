"""Inputs that aim at the disk: little is sent, much is kept. Most come in several requests, as a sender would repeat them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.lib.envelopes import an_item
from tests.lib.forms import FORM, a_dump, a_file, a_form, dump_part
from tests.lib.hostile.attack import MIB, Attack, Kind, Post, compressed, envelope, event, items, raw

STARTED = "2026-11-26T10:00:00Z"


def _events(count: int, make: Callable[[int], Any], encoding: str = "br") -> list[Post]:
    return [
        envelope(an_item("event", raw(make(n))), encoding=encoding, event_id=uuid.uuid4().hex)
        for n in range(count)
    ]


def _upload(path: str, parts: list[tuple[str, bytes]]) -> Post:
    headers = {**FORM, "Content-Encoding": "br"}
    return Post(compressed(a_form(parts), "br"), path, headers)


# fmt: off
def _attacks() -> Iterator[Attack]:
    def one(name: str, make: Callable[[], list[Post]], *, example: bool = False, **more: Any) -> Attack:
        return Attack(name, Kind.BYTES, make, example, **more)

    yield one("attachments of zeros", lambda: [envelope(*[an_item("attachment", bytes([n]) * 3 * MIB, filename="a") for n in range(30)], encoding="br")], example=True)
    yield one("attachments as a form", lambda: [_upload(f"/api/PROJECT/events/{uuid.uuid4().hex}/attachments/?sentry_key=KEY", [a_file(f"{n}", bytes([n]) * 3 * MIB) for n in range(28)])])
    yield one("attachments of no event", lambda: [envelope(an_item("attachment", bytes([n % 256]) * 900, filename=f"{n}")) for n in range(300)])
    yield one("minidumps of zeros", lambda: [_upload("/api/PROJECT/minidump/?sentry_key=KEY", [dump_part(a_dump(30 * MIB))]) for _ in range(2)], example=True)
    yield one("minidumps that are packed themselves", lambda: [_upload("/api/PROJECT/minidump/?sentry_key=KEY", [dump_part(compressed(a_dump(40 * MIB)))])])
    yield one("whole fingerprints", lambda: _events(20, lambda n: {"message": "m", "fingerprint": [f"{n}" + "f" * 1_000_000]}), example=True)
    yield one("fingerprints of 1 KB", lambda: _events(300, lambda n: {"message": "m", "fingerprint": [f"{n}" + "f" * 1000]}))
    yield one("200 items that cannot be read", lambda: items("user_report", [b"x"] * 200) + items("session", [b"x"] * 90), example=True)
    yield one("check-ins that cannot be read", lambda: items("check_in", [b"x" * 90_000] * 490))
    yield one("events that cannot be read", lambda: [envelope(an_item("event", b"{" + b"x" * 1_000_000), encoding="br") for _ in range(20)])
    yield one("client reports that cannot be read", lambda: items("client_report", [b"x" * 90_000] * 95))
    yield one("sessions of 10 MB that cannot be read", lambda: [envelope(*[an_item("session", b"x" * 9 * MIB)] * 10, encoding="br")])
    yield one("attachments' events of other projects", lambda: items("feedback", [b"{"] * 400))
    yield one("a person in each bucket", lambda: items("sessions", [{"attrs": {"release": "1"}, "aggregates": [{"started": STARTED, "did": f"p{k}-{n}", "exited": 1} for n in range(10_000)]} for k in range(6)]), example=True)
    yield one("a person in each session", lambda: [p for k in range(10) for p in items("session", [{"sid": f"{k}-{n}", "did": f"p{k}-{n}", "init": True, "started": STARTED, "status": "crashed", "attrs": {"release": "1"}} for n in range(100)])])
    yield one("healthy sessions", lambda: [p for k in range(10) for p in items("session", [{"sid": f"{k}-{n}", "init": True, "started": STARTED, "attrs": {"release": "1"}} for n in range(100)])])
    yield one("a release in each session", lambda: [p for k in range(10) for p in items("session", [{"sid": f"{k}-{n}", "init": True, "started": STARTED, "attrs": {"release": f"{k}-{n}" + "r" * 190, "environment": "e" * 64}} for n in range(100)])])
    yield one("a person in each event", lambda: _events(400, lambda n: {"message": "m", "user": {"id": f"u{n}" + "x" * 900}}))
    yield one("monitors", lambda: items("check_in", [{"monitor_slug": f"m{n}", "status": "error", "monitor_config": {"schedule": [1, "minute"]}} for n in range(490)]), example=True)
    yield one("environments of monitors", lambda: [p for k in range(6) for p in items("check_in", [{"monitor_slug": f"m{k}", "status": "error", "environment": f"{n}" + "e" * 60} for n in range(490)])])
    yield one("failed check-ins", lambda: [p for _ in range(6) for p in items("check_in", [{"monitor_slug": "m", "status": "error", "contexts": {"trace": {"trace_id": "a" * 32}}, "release": "r" * 200}] * 490)])
    yield one("feedback of 10,000 characters", lambda: items("feedback", [{"contexts": {"feedback": {"message": f"{n}" + "\U0001f600" * 9900, "url": "u" * 1000}}} for n in range(200)]))
    yield one("user reports of no event", lambda: items("user_report", [{"event_id": f"{n:032x}", "comments": "\u20ac" * 9900, "name": "n" * 200, "email": f"{n}@example.org"} for n in range(490)]))
    yield one("browser reports", lambda: [Post(compressed(raw([{"type": "csp-violation", "body": {"blockedURL": f"https://{n}.example/", "effectiveDirective": "img-src", "originalPolicy": "p" * 1000}} for n in range(490)])), "/api/PROJECT/security/?sentry_key=KEY", {"Content-Type": "application/reports+json", "Content-Encoding": "gzip"})], example=True)
    yield one("an issue in each event", lambda: _events(400, lambda n: {"exception": {"values": [{"type": f"T{n}", "value": "\U0001f600" * 1024}]}, "transaction": "t" * 200}))
    yield one("50 tags in each event", lambda: _events(200, lambda n: {"message": "m", "tags": {f"k{n}-{k}" + "x" * 190: f"v{n}-{k}" + "v" * 190 for k in range(50)}}))
    yield one("50 values of equal tags", lambda: _events(250, lambda n: {"message": "m", "tags": {f"k{k}" + "x" * 190: f"v{n}-{k}" + "v" * 190 for k in range(50)}}))
    yield one("a long release in each event", lambda: _events(400, lambda n: {"message": "m", "release": f"{n}" + "r" * 190, "environment": f"e{n}"}))
    yield one("events of 1 MB of zeros", lambda: _events(30, lambda n: {"message": "m", "extra": {"a": f"{n}" + "0" * 1_000_000}}))
    yield one("events of 1 MB in issues of their own", lambda: _events(30, lambda n: {"exception": {"values": [{"type": f"T{n}"}]}, "extra": {f"k{k}": "v" for k in range(60_000)}}))
    yield one("events with 100 notes", lambda: _events(100, lambda n: {"message": "m", "tags": [["k" * 900, []]] * 200, "level": "l" * 9000}))
    yield one("item types without end", lambda: [envelope(*[an_item(f"t{k}-{n}" + "x" * 900, b"") for n in range(490)]) for k in range(6)])
    yield one("discards with reasons", lambda: items("client_report", [{"discarded_events": [{"reason": f"r{k}-{n}", "category": f"c{n}", "quantity": 1} for n in range(100)]} for k in range(95)]))
    yield one("requests that are rejected", lambda: [Post(b"x" * 3, f"/api/PROJECT/envelope/?sentry_key=KEY&{n}", {"User-Agent": f"{n}" + "u" * 900}) for n in range(500)])
    yield one("empty events", lambda: [envelope(an_item("event", b"{}"), encoding="") for _ in range(500)])
    yield one("equal events", lambda: [p for _ in range(300) for p in event({"message": "m"})])


# fmt: on


ATTACKS = list(_attacks())
