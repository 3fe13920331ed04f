"""Inputs that aim at the memory of a web process: many connections whose requests never end, or that end together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from tests.lib.envelopes import an_item
from tests.lib.forms import BOUNDARY, FORM, field
from tests.lib.hostile.attack import ENVELOPE, MIB, Attack, Kind, Post, compressed

FORM_BODY = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
GZIP = {"Content-Encoding": "gzip"}
#: What a body that never ends claims to be long.
CLAIMED = 20 * MIB


def _part(headers: str, content: bytes) -> bytes:
    return b"--%b\r\n%b\r\n\r\n%b" % (BOUNDARY, headers.encode(), content)


def _sign_in(number: int) -> Post:
    body = {"email": f"a{number}@example.org", "password": "wrong password, long enough"}
    return Post(json.dumps(body).encode(), "/auth/login", JSON)


# fmt: off
def _attacks() -> Iterator[Attack]:
    def unfinished(
        name: str, connections: int, make: Callable[[], Post], *, example: bool = False, **more: Any
    ) -> Attack:
        return Attack(name, Kind.MEMORY, lambda: [make()], example, held=connections, claimed=CLAIMED, **more)

    def together(
        name: str, connections: int, make: Callable[[], list[Post]], *, example: bool = False
    ) -> Attack:
        return Attack(name, Kind.MEMORY, make, example, held=connections)

    pages = (
        ("the sign-in page", "/accounts/login/", FORM_BODY), ("the sign-in API", "/auth/login", JSON), ("an unknown page", "/nothing/", FORM_BODY),
        ("the registration", "/auth/register", JSON), ("the admin's sign-in", "/admin/login/", FORM_BODY), ("a file of a form", "/accounts/login/", FORM),
    )
    for name, path, headers in pages:
        start = _part(field("f", '; filename="f"'), b"") if headers is FORM else b"a="
        yield unfinished(f"3 MB to {name}", 60, partial(Post, start + b"a" * 3 * MIB, path, headers), example=path == "/accounts/login/")
    yield unfinished("a gzip envelope that unpacks to 250 KB", 200, lambda: Post(compressed(b'{}\n{"type":"event","length":900000}\n' + b"a" * 250_000)[:-9], headers=GZIP), example=True)
    yield unfinished("a gzip form that unpacks to 1 MB", 400, lambda: Post(compressed(_part(field("f"), b"a" * 1_000_000))[:-9], "/api/PROJECT/minidump/?sentry_key=KEY", {**FORM, **GZIP}), example=True)
    yield unfinished("a brotli envelope with a large window", 300, lambda: Post(compressed(b'{}\n{"type":"x","length":90000000}\n' + bytes(16 * MIB), "br")[:-4], headers={"Content-Encoding": "br"}))
    yield unfinished("60 KB of a plain event", 400, lambda: Post(b'{}\n{"type":"event","length":900000}\n' + b"a" * 60_000))
    yield unfinished("800 KB of a plain event", 100, lambda: Post(b'{}\n{"type":"event","length":900000}\n' + b"a" * 800_000))
    yield unfinished("20 sessions of 200 KB", 100, lambda: Post(compressed(b"{}\n" + an_item("session", b"a" * 200_000) * 20)[:-9], headers=GZIP))
    yield unfinished("a security report of 1 MB", 200, lambda: Post(compressed(b"[" + b" " * 1_000_000)[:-9], "/api/PROJECT/security/?sentry_key=KEY", {"Content-Type": "application/reports+json", **GZIP}))
    yield unfinished("an event to store, without an end", 200, lambda: Post(compressed(b'{"a":"' + b"a" * 1_000_000)[:-9], "/api/PROJECT/store/?sentry_key=KEY", GZIP))
    yield unfinished("a body before its key", 200, lambda: Post(compressed(b'{"dsn":"' + b"a" * 60_000)[:-9], "/api/PROJECT/envelope/", GZIP))
    yield unfinished("the head alone, with 60 KB of headers", 300, lambda: Post(b"", "/health", {f"X-{n}": "a" * 7000 for n in range(8)}))
    yield unfinished("an unknown key", 200, lambda: Post(compressed(b"a" * 900_000)[:-9], ENVELOPE.replace("KEY", "f" * 32), GZIP))
    yield together("48 sign-ins at once", 48, lambda: [_sign_in(n) for n in range(48)], example=True)
    yield together("48 registrations at once", 48, lambda: [Post(_sign_in(n).body, "/auth/register", JSON) for n in range(48)], example=True)
    yield together("48 sign-ins on the page", 48, lambda: [Post(urlencode({"login": f"b{n}@example.org", "password": "x" * 30}).encode(), "/accounts/login/", FORM_BODY) for n in range(48)])
    yield together("48 sign-ins with passwords of 60 KB", 48, lambda: [Post(json.dumps({"email": f"c{n}@example.org", "password": "x" * 60_000}).encode(), "/auth/login", JSON) for n in range(48)])


# fmt: on


ATTACKS = list(_attacks())
