"""Inputs that aim at the digest's CPU time: what is read, normalised, grouped, filtered and cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.lib.envelopes import an_item
from tests.lib.hostile.attack import (
    MIB,
    Attack,
    Kind,
    Post,
    compressed,
    envelope,
    event,
    items,
    raw,
    repeated,
    stacked,
)

BIG = 10**20
WIDE = [BIG, *[0] * 160_000]
# Each is a JSON value of about the given size that orjson refuses or that our own reader must look at again.
SLOW: dict[str, Callable[[int], bytes]] = {
    "NaN and lists": partial(repeated, b"[],", start=b"[NaN,", end=b"0]"),
    "NaN and objects": partial(repeated, b"{},", start=b"[NaN,", end=b"0]"),
    "NaN only": partial(repeated, b"NaN,", start=b"[", end=b"0]"),
    "huge integers": partial(repeated, b"9" * 3999 + b",", start=b"[", end=b"0]"),
    "integers past 64 bits": partial(repeated, b"99999999999999999999,", start=b"[", end=b"0]"),
    "lone surrogates": partial(repeated, b'"\\ud83d",', start=b"[", end=b"0]"),
    "NUL characters": partial(repeated, b'"\\u0000",', start=b"[", end=b"0]"),
    "one string of escapes": partial(repeated, b"\\ud83d", start=b'"', end=b'"'),
    "one string of backslashes": partial(repeated, b"\\\\", start=b'[NaN,"', end=b'"]'),
    "open brackets": partial(repeated, b"[", end=b"0"),
    "open objects": partial(repeated, b'{"a":', end=b"0"),
    "many equal keys": partial(repeated, b'"\\ud83d":NaN,', start=b"{", end=b'"z":0}'),
    "blanks": partial(repeated, b" ", start=b"[NaN,", end=b"0]"),
    "bytes that are no UTF-8": partial(repeated, b'"\xff",', start=b"[NaN,", end=b"0]"),
    "exponents": partial(repeated, b"1e999,", start=b"[", end=b"0]"),
    "names of secrets": partial(repeated, b'{"password":"abc"},', start=b"[", end=b"0]"),
    "passwords in addresses": partial(repeated, b'"https://u:abc@h",', start=b"[", end=b"0]"),
    "one text of secrets": partial(repeated, b"token=abc ", start=b'"', end=b'"'),
    "JSON in a text": partial(repeated, b'{\\"pwd\\":\\"abc\\"},', start=b'"[', end=b'0]"'),
    "digits": partial(repeated, b"9", start=b"[", end=b"]"),
}
# What each item type holds, with a place for a value; and the size that its type may have.
PLACES: dict[str, tuple[str, bytes, int]] = {
    "extra": ("event", b'{"message":"m","extra":%b}', MIB),
    "extra of a large event": ("event", b'{"message":"m","extra":%b}', 8 * MIB),
    "tags": ("event", b'{"message":"m","tags":%b}', MIB),
    "fingerprint": ("event", b'{"message":"m","fingerprint":[%b]}', MIB),
    "user id": ("event", b'{"message":"m","user":{"id":%b}}', MIB),
    "params": ("event", b'{"logentry":{"message":"%%s {0} {}","params":[%b]}}', MIB),
    "frames": ("event", b'{"exception":{"values":[{"type":"T","stacktrace":{"frames":%b}}]}}', MIB),
    "exception value": ("event", b'{"exception":{"values":[{"type":"T","value":%b}]}}', MIB),
    "breadcrumbs": ("event", b'{"message":"m","breadcrumbs":%b}', MIB),
    "session": (
        "session",
        b'{"sid":"1","init":true,"started":"2026-01-01T00:00:00Z","attrs":{"release":%b}}',
        10 * MIB,
    ),
    "aggregates": ("sessions", b'{"attrs":{"release":"1"},"aggregates":%b}', 10 * MIB),
    "user report": ("user_report", b'{"event_id":"a","comments":%b}', MIB),
    "feedback": ("feedback", b'{"contexts":{"feedback":{"message":%b}}}', MIB),
    "check-in": ("check_in", b'{"monitor_slug":"m","status":"ok","contexts":%b}', 100 * 1024),
    "client report": ("client_report", b'{"discarded_events":%b}', 100 * 1024),
}


def _placed(place: str, slow: str) -> list[Post]:
    kind, around, most = PLACES[place]
    payload = around.replace(b"%b", SLOW[slow](most - 200)).replace(b"%%", b"%")
    return event(payload) if kind == "event" else items(kind, [payload])


def _message(**logentry: Any) -> list[Post]:
    return event({"logentry": logentry})


def _sessions(count: int, entry: dict[str, Any], each: int = 1) -> list[Post]:
    started = {"started": "2026-11-26T10:00:00Z", **entry}
    return items("sessions", [{"attrs": {"release": "1"}, "aggregates": [started] * count}] * each)


def _check_ins(*configurations: Any) -> list[Post]:
    return items(
        "check_in",
        [
            {"monitor_slug": f"m{n}", "status": "ok", "monitor_config": one}
            for n, one in enumerate(configurations)
        ],
    )


def _crontabs(*lines: str, zone: str = "UTC") -> list[Post]:
    return _check_ins(*({"schedule": {"type": "crontab", "value": line}, "timezone": zone} for line in lines))


def _csp(count: int) -> list[Post]:
    report = {
        "blocked-uri": "https://a.example/" + "a" * 800,
        "effective-directive": "img-src",
        "document-uri": "https://b.example/",
    }
    body = raw([{"type": "csp-violation", "body": report}] * count)
    headers = {"Content-Type": "application/reports+json", "Content-Encoding": "gzip"}
    return [Post(compressed(body), "/api/PROJECT/security/?sentry_key=KEY", headers)]


QUESTIONS = "\n".join(f"*{'?' * 60}{n}*{'?' * 40}X*" for n in range(200))
STARS = "\n".join(f"*a*a*a*a*a*a*a*a*a*a{n}" for n in range(200))
NETWORKS = "\n".join(f"10.{n // 250}.{n % 250}.0/24" for n in range(2000))


# fmt: off
def _attacks() -> Iterator[Attack]:
    def one(name: str, make: Callable[[], list[Post]], *, example: bool = False, **more: Any) -> Attack:
        return Attack(name, Kind.DIGEST, make, example, **more)

    yield one("one parameter put in 1,000 times", lambda: _message(message="{0}" * 1000, params=[WIDE]), example=True)
    yield one("the same by name", lambda: _message(message="%(a)s" * 1600, params={"a": WIDE}))
    yield one("the same by braced name", lambda: _message(message="{a}" * 2700, params={"a": {str(n): BIG for n in range(40_000)}}))
    yield one("the same in the legacy interface", lambda: event({"sentry.interfaces.Message": {"message": "{0}" * 2000, "params": [WIDE]}}))
    yield one("an integer of 4,000 digits 2,000 times", lambda: _message(message="{0}" * 2700, params=[10**3999]))
    yield one("the same as %x", lambda: _message(message="%(a)x" * 1600, params={"a": 10**3999}))
    yield one("a deep parameter 2,000 times", lambda: _message(message="{0}" * 2000, params=[[[[0] * 100] * 100]]))
    yield one("a long text 1,000 times", lambda: _message(message="{0}" * 1000, params=["\U0001f600" * 200_000]))
    for place in PLACES:
        for slow in SLOW:
            example = slow == "NaN and lists" and place in ("extra", "session", "aggregates", "feedback")
            usual = place == "extra" or slow in ("NaN and lists", "open brackets")
            yield one(f"{place}: {slow}", partial(_placed, place, slow), example=example, thorough=not usual)
    for path in (
        "release",
        "environment",
        "transaction",
        "culprit",
        "server_name",
        "level",
        "timestamp",
        "platform",
    ):
        yield one(f"a list as {path}", partial(event, {"message": "m", path: WIDE}))
    yield one("100,000 parts of a fingerprint", lambda: event({"message": "m", "fingerprint": ["{{ default }}"] * 50_000}))
    yield one("a fingerprint of lists", lambda: event({"message": "m", "fingerprint": [[BIG]] * 40_000}))
    yield one("a fingerprint of variables in one part", lambda: event({"message": "m" * 1024, "fingerprint": ["{{message}}" * 90_000]}))
    yield one("a fingerprint of unknown variables", lambda: event({"message": "m", "fingerprint": ["{{ x }}" * 140_000]}))
    yield one("a fingerprint of as many tags", lambda: event({"tags": {f"k{n}": "v" for n in range(20_000)}, "fingerprint": [f"{{{{tags.k{n}}}}}" for n in range(20_000)]}))
    yield one("a fingerprint of open braces", lambda: event({"message": "m", "fingerprint": ["{{" * 500_000]}))
    yield one("a message of blank lines", lambda: event({"message": " \n" * 500_000}))
    yield one("an exception of marks", lambda: event({"exception": {"values": [{"type": "\u0301" * 150_000, "value": "\u0301\u0323" * 80_000}]}}))
    yield one("100,000 tags", lambda: event({"message": "m", "tags": {f"k{n}": "v" for n in range(60_000)}}))
    yield one("100,000 pairs of tags", lambda: event({"message": "m", "tags": [["é", "v"]] * 80_000}))
    yield one("tags whose keys begin alike", lambda: event({"message": "m", "tags": {f"{'k' * 200}{n}": "v" for n in range(4_500)}}))
    yield one("a tag's key of 1 MB", lambda: event({"message": "m", "tags": {"é ö" * 150_000: "v"}}))
    yield one("equal buckets of sessions", lambda: _sessions(10_000, {"exited": 1}, 30), example=True)
    yield one("the same with persons", lambda: _sessions(10_000, {"exited": 1, "did": "a"}, 30))
    yield one("the same with huge numbers", lambda: _sessions(10_000, {"exited": 10**18, "errored": 10**300}, 20))
    yield one("the same with odd days", lambda: _sessions(10_000, {"started": "1" * 300, "exited": 1}, 20))
    yield one("100 sessions, all equal", lambda: items("session", [{"sid": "1", "attrs": {"release": "1"}, "errors": BIG}] * 100))
    yield one("frames with 4,000 fields", lambda: event(stacked([{f"f{n}": n for n in range(4000)}] * 18)), example=True)
    yield one("the same in a large event", lambda: event(stacked([{f"f{n}": n for n in range(4000)}] * 140)))
    yield one("100,000 frames", lambda: event(stacked([{"function": "f"}] * 50_000)))
    yield one("500,000 frames in a large event", lambda: event(stacked([{"function": "f"}] * 400_000)))
    yield one("300,000 frames of libraries without a mark", lambda: event({"platform": "native", **stacked([{"function": "std::a"}] * 300_000)}))
    yield one("500,000 empty frames in a large event", lambda: event(stacked([{}] * 2_000_000)))
    yield one("wide variables in a large event", lambda: event(stacked([{"vars": {f"v{n}": "x" for n in range(100_000)}}] * 6)))
    yield one("10,000 exceptions", lambda: event({"exception": {"values": [{"type": "T", "value": "v"}] * 30_000}}))
    yield one("200,000 exceptions in a large event", lambda: event({"exception": {"values": [{"type": "T", "value": "v"}] * 250_000}}))
    yield one("20,000 threads", lambda: event({"message": "m", "threads": {"values": [{"id": 1, "stacktrace": {"frames": [{}]}}] * 20_000}}))
    yield one("100,000 breadcrumbs in a large event", lambda: event({"message": "m", "breadcrumbs": [{"message": "x"}] * 400_000}))
    yield one("a large event of small members", lambda: event({f"m{n}": n for n in range(500_000)}))
    yield one("100 reports of 100 discards", lambda: items("client_report", [{"discarded_events": [{"reason": "é-" * 400, "category": "error", "quantity": 1e300}] * 100}] * 100))
    yield one("crontab lines that never come", lambda: _crontabs(*["0 0 31 2 *", "0 0 30 2 1", "59 23 31 2,4,6,9,11 *"] * 100))
    yield one("crontab lines of 64 KB", lambda: _crontabs(*["0-59," * 12_000 + "1 * * * *"] * 100))
    yield one("crontab lines in odd zones", lambda: _crontabs(*["0 2 29 2 *"] * 400, zone="America/New_York"))
    yield one("intervals of a minute", lambda: _check_ins(*[{"schedule": [1, "minute"], "checkin_margin": 40_320}] * 400))
    yield one("500 check-ins of one monitor", lambda: items("check_in", [{"monitor_slug": "m", "status": "error", "duration": 1e308}] * 500))
    yield one("names of monitors that are slow to put in order", lambda: items("check_in", [{"monitor_slug": f"{n}" + "\u0301\u0323\u0316" * 600, "status": "ok"} for n in range(490)]))
    yield one("a name of 90 KB", lambda: items("check_in", [{"monitor_slug": f"{n}" + "\u8a9e" * 14_000, "status": "ok"} for n in range(20)]))
    yield one("one session again and again", lambda: items("session", [{"sid": "a", "init": True, "status": "crashed", "attrs": {"release": "1"}}] * 100))
    yield one("200 patterns of question marks", lambda: event({"message": "a" * 1024}), example=True, filters={"error_messages": QUESTIONS})
    yield one("the same for an exception", lambda: event({"exception": {"values": [{"type": "a" * 128, "value": "a" * 1024}]}}), filters={"error_messages": QUESTIONS})
    yield one("the same for a release", lambda: event({"message": "m", "release": "a" * 200}), filters={"releases": QUESTIONS})
    yield one("200 patterns of stars", lambda: event({"message": "a" * 1024}), filters={"error_messages": STARS})
    yield one("a message of 1 MB and patterns", lambda: event({"message": "a" * 1_000_000}), filters={"error_messages": STARS})
    yield one("browser reports and patterns", lambda: _csp(450), example=True, filters={"error_messages": QUESTIONS, "blocked_addresses": NETWORKS})
    yield one("500 browser reports", lambda: _csp(500))
    yield one("an address of 1 MB and networks", lambda: event({"message": "m", "user": {"ip_address": "1" * 900_000}}), filters={"blocked_addresses": NETWORKS})
    yield one("500 user reports", lambda: items("user_report", [{"event_id": f"{n:032x}", "comments": "c" * 1900, "email": "@" * 200} for n in range(500)]))
    yield one("500 feedbacks", lambda: items("feedback", [{"contexts": {"feedback": {"message": "m" * 1900, "url": "u" * 2000}}}] * 500))
    yield one("500 attachments of text", lambda: [envelope(*[an_item("attachment", b"<" * 65_000, filename="." * 2000)] * 30)])


# fmt: on


ATTACKS = list(_attacks())
