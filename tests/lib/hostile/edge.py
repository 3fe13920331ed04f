"""Inputs that aim at the CPU time of a web process before anything is stored: compression, headers, forms, addresses."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgpack

from tests.lib.envelopes import an_item
from tests.lib.forms import FORM, a_dump, a_form, dump_part, field
from tests.lib.hostile.attack import (
    ENVELOPE,
    MIB,
    Attack,
    Kind,
    Post,
    compressed,
    envelope,
    event,
    raw,
    repeated,
)
from tests.lib.hostile.digest import SLOW
from tests.lib.minidumps import Dump

SECURITY = "/api/PROJECT/security/?sentry_key=KEY"
MINIDUMP = "/api/PROJECT/minidump/?sentry_key=KEY"
STORE = "/api/PROJECT/store/?sentry_key=KEY"
# The slow values that are measured also when there is little time.
USUAL = {"NaN and lists", "huge integers", "open brackets", "one string of escapes", "many equal keys"}
REPORTS = "application/reports+json"


def _headers(count: int, value: bytes, first: bytes = b"{}") -> list[Post]:
    """An envelope of `count` empty items whose headers hold `value`, after the header `first`."""
    header = b'{"a":%b,"type":"x","length":0}\n\n' % value
    return [Post(compressed(first + b"\n" + header * count), headers={"Content-Encoding": "gzip"})]


def _to(path: str, body: bytes, content_type: str = "application/json", encoding: str = "gzip") -> list[Post]:
    headers = {"Content-Type": content_type, **({"Content-Encoding": encoding} if encoding else {})}
    return [Post(compressed(body, encoding), path, headers)]


def _form(parts: list[tuple[str, bytes]], path: str = MINIDUMP) -> list[Post]:
    body = compressed(a_form([*parts, dump_part(a_dump())]))
    return [Post(body, path, {**FORM, "Content-Encoding": "gzip"})]


def _unread(encoding: str, size: int = 99 * MIB) -> list[Post]:
    """An item of `size` bytes that is not kept."""
    item = b'{"type":"replay_video","length":%d}\n' % size
    return [Post(compressed(b"{}\n" + item + bytes(size), encoding), headers={"Content-Encoding": encoding})]


def _slow(place: str, name: str) -> list[Post]:
    """A slow JSON value where a web process reads JSON."""
    make = SLOW[name]
    match place:
        case "headers":
            return _headers(490, make(63_000))
        case "feedback":
            return [envelope(an_item("feedback", make(MIB - 50)))]
        case "feedbacks":
            return [envelope(*[an_item("feedback", make(MIB - 50))] * 40)]
        case "event":
            return [envelope(an_item("event", b'{"a":%b}' % make(8 * MIB - 200)))]
        case "store":
            return _to(STORE, b'{"a":%b}' % make(8 * MIB - 200))
        case "user-feedback":
            body = b'{"event_id":"%b","comments":%b}' % (b"a" * 32, make(90_000))
            return _to("/api/0/projects/o/p/user-feedback/?sentry_key=KEY", body) * 10
        case _:
            body = b'{"status":"ok","a":%b}' % make(90_000)
            return _to("/api/PROJECT/cron/m/?sentry_key=KEY", body) * 10


def _packed(value: Any) -> list[Post]:
    return _form([(field("__sentry-event", '; filename="e"'), msgpack.packb({"extra": value}))])


def _crumbs(value: Any) -> list[Post]:
    content = msgpack.packb({"data": value, "timestamp": value})
    return _form([(field(f"__sentry-breadcrumb{k}", '; filename="e"'), content) for k in (1, 2)])


def _empty_blocks(count: int) -> bytes:
    """A deflate stream of empty stored blocks."""
    return b"\x00\x00\x00\xff\xff" * count + b"\x01\x00\x00\xff\xff"


def _gzip_of(stream: bytes, content: bytes = b"") -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stream + struct.pack("<II", zlib.crc32(content), len(content))


def _big_dump() -> bytes:
    dump = Dump(threads=dict.fromkeys(range(20000), "t"))
    record = dump.build_id(b"\1" * 20)
    dump.modules = [("/" + "a" * 30, n << 20, 0x5000, record) for n in range(20_000)]
    return bytes(dump)


def _deep(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


# fmt: off
def _attacks() -> Iterator[Attack]:
    def one(name: str, make: Callable[[], list[Post]], *, example: bool = False, **more: Any) -> Attack:
        return Attack(name, Kind.EDGE, make, example, **more)

    yield one("300 item headers of NaN", lambda: _headers(300, SLOW["NaN and lists"](63_000)), example=True)
    for name in SLOW:
        yield one(f"490 item headers: {name}", partial(_slow, "headers", name), thorough=name not in USUAL)
    yield one("an envelope header of NaN", lambda: _headers(1, b"0", b'{"a":%b}' % SLOW["NaN and lists"](63_000)) * 20)
    yield one("490 item headers of blanks", lambda: [Post(compressed(b"{}\n" + (b" " * 60_000 + b'{"type":"x","length":0}\n\n') * 490), headers={"Content-Encoding": "gzip"})])
    yield one("500 items without length", lambda: ([Post(compressed(b"{}\n" + b'{"type":"x"}\n\n' * 499), headers={"Content-Encoding": "gzip"})] * 20))
    yield one("line breaks only", lambda: [Post(compressed(b"{}\n" + b"\n" * 50 * MIB), headers={"Content-Encoding": "gzip"})])
    for place, path, size in (
        ("security", SECURITY, MIB - 400),
        ("csp-report", SECURITY.replace("security", "csp-report"), MIB - 400),
        ("nel", SECURITY.replace("security", "nel"), MIB - 400),
    ):
        for name in ("NaN and lists", "open brackets", "huge integers", "one string of escapes"):
            yield one(f"{place}: {name}", partial(_to, path, SLOW[name](size), REPORTS), example=(place, name) == ("security", "NaN and lists"))
    yield one("security: an object of NaN", lambda: _to(SECURITY, b'{"csp-report":{"a":%b}}' % SLOW["NaN and objects"](MIB - 400), "application/csp-report"))
    yield one("security: reports of a wide object", lambda: _to(SECURITY, raw([{"type": "csp-violation", "body": {f"k{n}": n for n in range(100)}}] * 490), REPORTS))
    yield one("security: 100,000 reports", lambda: _to(SECURITY, raw([{}] * 300_000), REPORTS))
    for name in ("open brackets", "NaN and lists", "huge integers", "one string of escapes"):
        yield one(f"a feedback of {name}", partial(_slow, "feedback", name), example=name == "open brackets")
        yield one(f"40 feedbacks of {name}", partial(_slow, "feedbacks", name), thorough=name != "NaN and lists")
        yield one(f"an event without id of {name}", partial(_slow, "event", name))
        yield one(f"store: {name}", partial(_slow, "store", name))
        yield one(f"user-feedback: {name}", partial(_slow, "user-feedback", name), thorough=name != "NaN and lists")
        yield one(f"cron: {name}", partial(_slow, "cron", name), thorough=name != "NaN and lists")
    yield one("store: members without end", lambda: _to(STORE, b"{" + b'"a":0,' * 1_200_000 + b'"b":0}'))
    yield one("store: base64 of zlib", lambda: _to(STORE, base64.b64encode(zlib.compress(b'{"a":%b}' % SLOW["open brackets"](8 * MIB - 200))), encoding=""))
    yield one("store: base64 of blanks", lambda: _to(STORE, b"eJ" + b"\n " * 8_000_000))
    yield one("crash dialog: fields without end", lambda: (_to("/api/embed/error-page/?dsn=http://KEY@a/PROJECT&eventId=" + "a" * 32, b"&=" * 50_000, "application/x-www-form-urlencoded") * 10))
    yield one("cron: fields without end", lambda: (_to("/api/PROJECT/cron/m/?sentry_key=KEY", b"a=%ff&" * 16_000, "application/x-www-form-urlencoded") * 10))
    wide = b'{"extra":{%b"z":0}}' % b"".join(b'"k%d":0,' % n for n in range(20_000))
    yield one("900 fields over a wide object", lambda: _form([(field("sentry"), wide), *[(field(f"sentry___{n}"), b'{"extra":{"a":0}}') for n in range(900)]]), example=True)
    yield one("the same with a msgpack event", lambda: _form([(field("__sentry-event", '; filename="e"'), msgpack.packb({"extra": {str(n): {str(k): 0 for k in range(60)} for n in range(1500)}})), *[(field(f"sentry___{n}"), b'{"extra":{"a":0}}') for n in range(900)]]))
    yield one("fields 32 levels deep", lambda: _form([(field("sentry" + "[a]" * 2000), b"x") for _ in range(150)]))
    yield one("10,000 nested fields", lambda: _form([(field(f"sentry[extra][k{n}]"), b"x") for n in range(9000)]))
    yield one("1,000 chunks of NaN", lambda: _form([(field(f"sentry__{n}"), SLOW["NaN and lists"](1000)) for n in range(900)]))
    yield one("fields of NaN", lambda: _form([(field(f"sentry___{n}"), b'{"a":%b}' % SLOW["NaN and lists"](9000)) for n in range(100)]))
    yield one("20,000 fields", lambda: _form([(field(f"f{n}"), b"") for n in range(12_000)]))
    yield one("a part's header of 900 KB", lambda: _form([(field("f") + "\r\nX-A: " + "a" * 900_000, b"")]))
    yield one("900 KB of dashes", lambda: _form([(field("f"), b"\r\n-----" * 120_000)]))
    yield one("almost the boundary", lambda: _form([(field("f", '; filename="f"'), b"\r\n-------Boundary-" * 500_000)]))
    yield one("100,000 files of nothing", lambda: _form([(field("f", '; filename="f"'), b"")] * 100_000))
    for name, value in (
        ("lists", [[0] * 4000] * 100),
        ("deep lists", [_deep([0] * 1000, 30)] * 100),
        ("maps", [{str(n): {} for n in range(4000)}] * 20),
        ("floats", [[float("nan")] * 4000] * 25),
        ("texts", ["\U0001f600" * 200_000]),
    ):
        yield one(f"msgpack: {name}", partial(_packed, value), example=name == "lists")
        yield one(f"breadcrumbs in msgpack: {name}", partial(_crumbs, value))
    yield one("a minidump of 20,000 modules", lambda: [Post(compressed(_big_dump()), MINIDUMP, {"Content-Encoding": "gzip"})])
    yield one("a minidump in gzip in gzip", lambda: _form([dump_part(compressed(a_dump(90 * MIB)))]))
    for encoding in ("gzip", "deflate", "br"):
        yield one(f"99 MB that are not kept, {encoding}", partial(_unread, encoding), example=encoding == "gzip")
    yield one("99 MB that are not kept, ten times", lambda: _unread("br") * 10)
    yield one("20 items of 4 MB that are not kept", lambda: [envelope(*[an_item("transaction", bytes(4 * MIB))] * 20)])
    yield one("a million empty deflate blocks", lambda: [Post(_gzip_of(_empty_blocks(3_900_000)), headers={"Content-Encoding": "gzip"})])
    yield one("100,000 empty gzip members", lambda: [Post(compressed(b"") * 900_000, headers={"Content-Encoding": "gzip"})])
    yield one("an attachment of 90 MB in gzip", lambda: [envelope(an_item("attachment", bytes(90 * MIB), filename="a"))])
    yield one("a body in pieces of one byte", lambda: [Post(b"{}\n" + b'{"type":"x"}\n' + b"x" * 200_000, piece=1)])
    yield one("a gzip body in pieces of one byte", lambda: [Post(p.body, p.path, p.headers, piece=1) for p in _unread("gzip", 40 * MIB)])
    yield one("a form in pieces of one byte", lambda: [Post(a_form([(field("f"), b"\r\n--" * 20_000), dump_part(a_dump())]), MINIDUMP, FORM, piece=1)])
    yield one("a query of 60 KB", lambda: ([Post(b"{}", ENVELOPE.replace("?", "?" + "a&" * 30_000)), Post(b"{}", "/api/PROJECT/cron/m/?" + "status=ok&" * 6000 + "sentry_key=KEY")] * 10))
    yield one("an auth header of 60 KB", lambda: ([Post(b"{}", "/api/PROJECT/envelope/", {"X-Sentry-Auth": "Sentry " + text + "sentry_key=KEY"}) for text in ("a=b," * 15_000, "," * 60_000, 'a="' * 20_000, " " * 60_000, "sentry_key=x," * 4000)] * 4))
    yield one("a cron slug of 60 KB", lambda: ([Post(b"", f"/api/PROJECT/cron/{'a' * 60_000}/?sentry_key=KEY&status=ok"), Post(b"", f"/api/PROJECT/cron/{'/' * 60_000}/KEY/?status=ok")] * 10))
    yield one("lines that are nearly headers", lambda: [envelope(b"nonsense\n" + line * (90 * MIB // len(line))) for line in (b"{", b"{\n", b"\n", b'{"type":"event"} \n')])
    yield one("500 empty events' envelopes", lambda: [envelope(an_item("event", b"{}")) for _ in range(500)], thorough=True)
    yield one("100 sessions of 10 MB", lambda: [envelope(*[an_item("session", repeated(b"[", MIB))] * 95, encoding="br")])
    yield one("a text of 8 MB", lambda: event(b'{"message":"m","extra":"%b"}' % (b"a" * (8 * MIB - 100))))


# fmt: on


ATTACKS = list(_attacks())
