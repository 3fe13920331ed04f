"""Whether SDKs and browsers reach this installation at PUBLIC_URL, and through which proxy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from rustrak.lib.wording import duration, size
from rustrak.ops import probe
from rustrak.ops.doctor.arrival import Deployment, compare
from rustrak.ops.doctor.fetch import Reply, Unreachable, fetch
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

LISTENING, PUBLIC, INCOMING, BODIES = "listening", "public address", "incoming", "large bodies"
# There is no project 0: the answer is a 401, and nothing is stored or counted.
ENVELOPE = "/api/0/envelope/"
SIGN_IN = "/accounts/login/"
LATE_CLOCK, WRONG_CLOCK = 2.0, 60.0
BODY_SECONDS = 60.0


def check(*, running: bool, bodies: bool) -> Iterator[Finding]:
    """A request straight to gunicorn, then requests through PUBLIC_URL. No findings when Rustrak is not running."""
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
    direct = _endpoint(public) == _endpoint(local)
    found = compare(arrival, _deployment(direct=direct))
    yield from found or [
        ok(PUBLIC, f"{public} reaches this installation{'' if direct else f' through {arrival.peer}'}")
    ]
    yield from _forms(public)
    yield _incoming(public)
    if bodies:
        yield _bodies(public)


def _local_url() -> str:
    """The URL at which this machine reaches gunicorn."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def _endpoint(url: str) -> tuple[str, str | None, int]:
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
        hosts=settings.HOSTS,
    )


def _ask(base: str, subject: str) -> tuple[probe.Arrival | None, list[Finding]]:
    """How a request to `base` arrives here; None with the finding that says why it does not."""
    asked = probe.question()
    try:
        reply = fetch("GET", base + probe.PATH, {probe.HEADER: asked})
    except Unreachable as error:
        return None, [_unreachable(base, subject, error)]
    arrival = probe.read_answer(reply.body, asked) if reply.status == 200 else None
    return arrival, [] if arrival else [_stranger(base, subject, reply)]


def _unreachable(base: str, subject: str, error: Unreachable) -> Finding:
    if subject == LISTENING:
        fix = "Run doctor with the server's own HOST and PORT. If they are right, the server hangs or is blocked: restart it."
        return problem(subject, f"there is no answer at {base}: {error}", fix)
    fixes = {
        "name": "Add the name to DNS, or set PUBLIC_URL to a name that is in DNS.",
        "refused": "Start the proxy that should listen there, or set PUBLIC_URL to the address at which Rustrak is reached.",
        "certificate": "SDKs reject it too: install a certificate they trust, with its full chain.",
        "slow": "A firewall may drop the request, or the network may not route it back to this machine: try from another machine.",
    }
    fix = fixes.get(error.kind, "See the proxy's log, and check the scheme and port in PUBLIC_URL.")
    return problem(subject, f"{base} cannot be reached from here: {error}", fix)


def _stranger(base: str, subject: str, reply: Reply) -> Finding:
    """The finding when something answers that is not this installation."""
    if subject == LISTENING and reply.status < 500:
        return problem(
            subject,
            f"another program answers at {base}, or Rustrak with another secret",
            "Run doctor with the server's own settings (PORT, RUSTRAK_DATA, SESSION_SECRET_KEY).",
        )
    return _in_the_way(base, subject, reply) or problem(
        subject,
        f"the answer of {base} is a {reply.status} that does not come from this installation",
        "Let the proxy pass everything below PUBLIC_URL to this machine's HOST and PORT, with the path unchanged; or "
        "correct PUBLIC_URL.",
    )


def _in_the_way(base: str, subject: str, reply: Reply) -> Finding | None:
    """The finding when the answer is a known kind of proxy error or web page; else None."""
    if 300 <= reply.status < 400:
        target = reply.headers.get("location", "no address")[:200]
        fix = "Do not redirect /api/ and /health: a redirected POST is a lost event."
        if target.startswith("https:") and base.startswith("http:"):
            fix = f"Set PUBLIC_URL=https://{urlsplit(target).netloc}, and SSL_PROXY=true. {fix}"
        return problem(subject, f"{base} redirects to {target}", fix)
    if reply.status in {502, 503, 504} and not reply.error_type:
        return problem(
            subject,
            f"a proxy answers {base} with {reply.status}: it cannot reach Rustrak",
            f"Point the proxy at {_local_url()}.",
        )
    if "basic" in reply.headers.get("www-authenticate", "").lower():
        return problem(
            subject, f"{base} asks for a password", "Exempt /api/ and /health: SDKs cannot send one."
        )
    if reply.is_html and not reply.error_type:
        title = f" ({reply.title!r})" if reply.title else ""
        return problem(
            subject,
            f"the answer of {base} is a {reply.status} with an HTML page{title}, such as a sign-in page or a challenge",
            "Pass /api/ and /health on to Rustrak without a sign-in page, a challenge or a cache.",
        )
    return None


def _forms(public: str) -> Iterator[Finding]:
    """Whether browsers will say where forms come from: not on pages whose Referrer-Policy somebody has replaced."""
    try:
        policy = fetch("GET", public + SIGN_IN).headers.get("referrer-policy", "")
    except Unreachable:
        return
    # Of several policies the last one counts.
    if policy.rpartition(",")[2].strip().lower() == "no-referrer":
        yield problem(
            "forms",
            "pages arrive with Referrer-Policy: no-referrer, which Rustrak does not send: browsers then send forms with "
            "Origin: null, and nobody can sign in",
            "Have the proxy leave this header alone, or send Referrer-Policy: same-origin.",
        )


def _clock(at: float) -> Iterator[Finding]:
    off = abs(at - time.time())
    if off > LATE_CLOCK:
        text = f"the clocks of the server and of this machine differ by {duration(off)}"
        yield (problem if off > WRONG_CLOCK else warning)("clock", text, "Synchronize all machines by NTP.")


def _incoming(public: str) -> Finding:
    """A POST as SDKs send it, with chunked transfer coding but without a key: Rustrak itself must refuse it."""
    try:
        reply = fetch(
            "POST", public + ENVELOPE, {"Content-Type": "application/x-sentry-envelope"}, [b"{}\n", b"{}\n"]
        )
    except Unreachable as error:
        return problem(
            INCOMING,
            f"a POST to {public}{ENVELOPE} fails: {error}",
            "Let the proxy pass POST requests to /api/ on.",
        )
    if reply.error_type == "Unauthorized":
        return ok(INCOMING, "a POST arrives as SDKs send it")
    if reply.status == 411:
        fix = (
            "Let the proxy accept chunked bodies (nginx: proxy_http_version 1.1;): Node SDKs send no others."
        )
        return problem(INCOMING, "the proxy refuses a body without Content-Length", fix)
    return _in_the_way(public + ENVELOPE, INCOMING, reply) or problem(
        INCOMING,
        f"the answer to a POST to {public}{ENVELOPE} is a {reply.status} that does not come from Rustrak",
        "Let the proxy pass POST requests to /api/ on, with body and path unchanged.",
    )


def _bodies(public: str) -> Finding:
    """A body just below the limit: Rustrak must read it and answer that it contains no key."""
    length = settings.MAX_ENVELOPE_COMPRESSED_BYTES - 1024
    piece = b"\0" * 65536
    body = (piece[: min(len(piece), length - at)] for at in range(0, length, len(piece)))
    fix = f"Raise the proxy's limit (nginx: client_max_body_size {-(-length // 2**20)}m;) or lower MAX_ENVELOPE_COMPRESSED_BYTES."
    try:
        reply = fetch("POST", public + ENVELOPE, {"Content-Length": str(length)}, body, seconds=BODY_SECONDS)
    except Unreachable as error:
        return problem(BODIES, f"a body of {size(length)} does not arrive: {error}", fix)
    if reply.error_type == "Unauthorized":
        return ok(BODIES, f"a body of {size(length)} arrives")
    return problem(BODIES, f"the answer to a body of {size(length)} is a {reply.status}", fix)
