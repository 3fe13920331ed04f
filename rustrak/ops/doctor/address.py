"""Whether SDKs and browsers reach this installation at PUBLIC_URL, and what stands in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from rustrak.ops import probe
from rustrak.ops.doctor.arrival import Deployment, compare
from rustrak.ops.doctor.fetch import Reply, Unreachable, fetch
from rustrak.ops.doctor.findings import Finding, ok, problem, size, span, warning

LISTENING, PUBLIC, INTAKE, BODIES = "listening", "public address", "intake", "large bodies"
# No project has it: the answer is a 401 without any trace.
ENVELOPE = "/api/0/envelope/"
LATE_CLOCK, WRONG_CLOCK = 2.0, 60.0
BODY_SECONDS = 60.0


def check(*, running: bool, bodies: bool) -> Iterator[Finding]:
    """First past everything that is in front, then through it. Nothing when Rustrak does not run."""
    if not running:
        return
    local = _local_url()
    arrival, found = _ask(local, LISTENING)
    if arrival is None:
        yield from found
    else:
        yield ok(LISTENING, f"this installation answers at {local}")
        yield from _clock(arrival.at)
    public = settings.PUBLIC_URL
    arrival, found = _ask(public, PUBLIC)
    yield from found
    if arrival is None:
        return
    direct = _place(public) == _place(local)
    remarks = compare(arrival, _deployment(direct=direct))
    yield from remarks or [ok(PUBLIC, f"{public} leads here{'' if direct else f' through {arrival.peer}'}")]
    yield _intake(public)
    if bodies:
        yield _bodies(public)


def _local_url() -> str:
    """Where gunicorn listens, as this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def _place(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _deployment(*, direct: bool) -> Deployment:
    parts = urlsplit(settings.PUBLIC_URL)
    return Deployment(
        scheme=parts.scheme,
        host=parts.netloc,
        ssl_proxy=settings.SSL_PROXY,
        trusted=tuple(settings.TRUSTED_PROXIES),
        direct=direct,
    )


def _ask(base: str, subject: str) -> tuple[probe.Arrival | None, list[Finding]]:
    """How a request to `base` arrives; without an Arrival, why it does not."""
    asked = probe.question()
    try:
        reply = fetch("GET", base + probe.PATH, {probe.HEADER: asked})
    except Unreachable as error:
        return None, [_unreachable(base, subject, error)]
    arrival = probe.read_answer(reply.body, asked) if reply.status == 200 else None
    return arrival, [] if arrival else [_stranger(base, subject, reply)]


def _unreachable(base: str, subject: str, error: Unreachable) -> Finding:
    if subject == LISTENING:
        fix = f"Run doctor with the server's own HOST and PORT. If these are right, {base} hangs or is blocked: restart it."
        return problem(subject, f"nothing answers at {base}: {error}", fix)
    fixes = {
        "name": "Enter the name in DNS, or set PUBLIC_URL to one that is.",
        "refused": "Start the proxy that should listen there, or set PUBLIC_URL to where Rustrak is reached.",
        "certificate": "SDKs refuse it, too: install a certificate they trust, with its whole chain.",
        "slow": "A firewall may drop it, or the network does not lead back to this machine: try it from another one.",
    }
    fix = fixes.get(
        error.kind, "Look at the proxy's log, and whether PUBLIC_URL has the right scheme and port."
    )
    return problem(subject, f"{base} cannot be reached from here: {error}", fix)


def _stranger(base: str, subject: str, reply: Reply) -> Finding:
    """What it is that answers in our place."""
    if subject == LISTENING and reply.status < 500:
        return problem(
            subject,
            f"something else answers at {base}: another program, or Rustrak with another secret",
            "Run doctor with the server's own settings (PORT, RUSTRAK_DATA, SESSION_SECRET_KEY).",
        )
    return _in_the_way(base, subject, reply) or problem(
        subject,
        f"{base} is answered with {reply.status}, and not by this installation",
        "Let the proxy pass everything below PUBLIC_URL to this machine's HOST and PORT, path included; or set "
        "PUBLIC_URL to where it does.",
    )


def _in_the_way(base: str, subject: str, reply: Reply) -> Finding | None:
    """What a proxy or page in front made of it; None when nothing of that kind is known."""
    if 300 <= reply.status < 400:
        target = reply.headers.get("location", "nowhere")[:200]
        fix = "Do not redirect /api/ and /health: a redirected POST is a lost event."
        if target.startswith("https:") and base.startswith("http:"):
            fix = f"Set PUBLIC_URL=https://{urlsplit(target).netloc}, and SSL_PROXY=true. {fix}"
        return problem(subject, f"{base} redirects to {target}", fix)
    if reply.status in {502, 503, 504} and not reply.error_type:
        return problem(
            subject,
            f"a proxy answers {base} with {reply.status}: it does not reach Rustrak",
            f"Point the proxy at {_local_url()}.",
        )
    if "basic" in reply.headers.get("www-authenticate", "").lower():
        return problem(
            subject, f"{base} asks for a password", "Let /api/ and /health through: SDKs cannot give one."
        )
    if reply.is_html and not reply.error_type:
        title = f" ({reply.title!r})" if reply.title else ""
        return problem(
            subject,
            f"{base} is answered with {reply.status} and an HTML page{title}, such as a sign-in or a challenge",
            "Let /api/ and /health through to Rustrak without a sign-in page, a challenge or a cache.",
        )
    return None


def _clock(at: float) -> Iterator[Finding]:
    off = abs(at - time.time())
    if off > LATE_CLOCK:
        text = f"the server's clock and this one are {span(off)} apart"
        yield (problem if off > WRONG_CLOCK else warning)(
            "clock", text, "Have all machines keep time by NTP."
        )


def _intake(public: str) -> Finding:
    """A POST as SDKs send it, in chunks and without a key: Rustrak itself must refuse it."""
    try:
        reply = fetch(
            "POST", public + ENVELOPE, {"Content-Type": "application/x-sentry-envelope"}, [b"{}\n", b"{}\n"]
        )
    except Unreachable as error:
        return problem(
            INTAKE, f"a POST to {public}{ENVELOPE} fails: {error}", "Let the proxy pass POST to /api/."
        )
    if reply.error_type == "Unauthorized":
        return ok(INTAKE, "a POST arrives as SDKs send it")
    if reply.status == 411:
        fix = "Let the proxy take bodies in chunks (nginx: proxy_http_version 1.1); Node SDKs send no other."
        return problem(INTAKE, "the proxy refuses a body without Content-Length", fix)
    return _in_the_way(public + ENVELOPE, INTAKE, reply) or problem(
        INTAKE,
        f"a POST to {public}{ENVELOPE} is answered with {reply.status}, which is not Rustrak's",
        "Let the proxy pass POST to /api/, with its body and the path as it is.",
    )


def _bodies(public: str) -> Finding:
    """One just under the limit; Rustrak reads it, finds no key in it and says so."""
    length = settings.MAX_ENVELOPE_COMPRESSED_BYTES - 1024
    piece = b"\0" * 65536
    body = (piece[: min(len(piece), length - at)] for at in range(0, length, len(piece)))
    fix = f"Raise the proxy's limit (nginx: client_max_body_size {-(-length // 2**20)}m;) or lower MAX_ENVELOPE_COMPRESSED_BYTES."
    try:
        reply = fetch("POST", public + ENVELOPE, {"Content-Length": str(length)}, body, seconds=BODY_SECONDS)
    except Unreachable as error:
        return problem(BODIES, f"a body of {size(length)} does not get through: {error}", fix)
    if reply.error_type == "Unauthorized":
        return ok(BODIES, f"a body of {size(length)} gets through")
    return problem(BODIES, f"a body of {size(length)} is answered with {reply.status}", fix)
