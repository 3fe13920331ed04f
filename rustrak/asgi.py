"""The ASGI application: who answers a request, the endpoints of SDKs, the health checks or Django's pages."""

from __future__ import annotations

import logging
import os
import re

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rustrak.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402

from ingest.edge import intake  # noqa: E402
from ingest.edge.throttled_log import ThrottledLog  # noqa: E402
from rustrak.lib import presence  # noqa: E402
from rustrak.lib.database import priority, serving  # noqa: E402
from rustrak.lib.http import hosts, slashes  # noqa: E402
from rustrak.ops import health  # noqa: E402
from rustrak.proxies import resolve_client  # noqa: E402
from rustrak.run import answers, usual_files  # noqa: E402
from rustrak.run.answers import Receive, Scope, Send  # noqa: E402
from rustrak.run.handler import PageHandler  # noqa: E402

PREFIX = settings.FORCE_SCRIPT_NAME or ""
# Everything below it is for SDKs, which send whatever Host their DSN has, and for the doctor, whose answers are signed.
_ANY_HOST = re.compile(r"/+api/+0*[1-9]\d*(/|$)|/health/probe$", re.ASCII)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ALLOW, _SAFE = ", ".join(_METHODS), "GET, HEAD, OPTIONS"
pages = PageHandler(settings.WEB_THREADS)
_throttled = ThrottledLog(logging.getLogger("rustrak.hosts"))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `http` and `lifespan` scopes. A proxy may strip PUBLIC_URL's path from requests or leave it."""
    if scope["type"] != "http":
        await _other(scope, receive, send)
        return
    scope = resolve_client(scope, settings.TRUSTED_PROXIES, settings.SSL_PROXY)
    path = scope["path"]
    if not path.startswith("/"):
        scope = _origin_form(scope)
        path = scope["path"]
    # A proxy that has stripped the prefix /api leaves the address of an SDK, which begins with it.
    if PREFIX and (path == PREFIX or path.startswith(PREFIX + "/")) and not intake.handles(path):
        path = path[len(PREFIX) :] or "/"
    path = slashes.tidy(path, scope.get("raw_path") or b"")
    method = scope["method"]
    if method == "HEAD":
        send = answers.without_body(send)
    if intake.handles(path):
        if method == "HEAD" and intake.is_safe(path):
            scope = {**scope, "method": "GET"}
        await intake.app({**scope, "path": path}, receive, send)
    elif path in {health.ALIVE, health.READY}:
        if method == "OPTIONS":
            await answers.send(answers.options(_SAFE), send)
        else:
            await health.answer(path, send)
    elif path == "*" and method == "OPTIONS":
        await answers.send(answers.options(_ALLOW), send)
    elif not path.startswith("/"):
        await answers.send(answers.plain(400, "The request's target is not a path.", close=True), send)
    elif not _answers(scope, path):
        await _refuse_host(scope, path, send)
    elif method not in _METHODS:
        refusal = answers.error(path, 405, f"The method {method[:20]} is not supported.", close=True)
        refusal.headers.append((b"allow", _ALLOW.encode()))
        await answers.send(refusal, send)
    elif (usual := usual_files.answer(path)) is not None:
        await answers.send(answers.options(_SAFE) if method == "OPTIONS" else usual, send)
    else:
        bare = bool(PREFIX) and path == scope["path"] and not _is_forwarded(scope)
        await pages({**scope, "path": path, "bare": bare}, receive, send)


def _is_forwarded(scope: Scope) -> bool:
    """Whether a proxy has passed the request on, as far as it says so."""
    return any(
        name in {b"forwarded", b"via"} or name.startswith(b"x-forwarded") for name, _ in scope["headers"]
    )


def _origin_form(scope: Scope) -> Scope:
    """`scope` of a request that names a whole URL, as to a proxy: with its path, and its authority as Host.

    Source: RFC 9112, section 3.2.2. A target that is no URL stays as it is.
    """
    scheme, found, rest = scope["path"].partition("://")
    if not found or scheme.lower() not in {"http", "https"}:
        return scope
    authority, slash, path = rest.partition("/")
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    headers.append((b"host", authority.encode("ascii", "replace")))
    return {**scope, "path": f"/{path}" if slash else "/", "headers": headers}


def _host(scope: Scope) -> str:
    """The Host header; empty when there is none or more than one."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _answers(scope: Scope, path: str) -> bool:
    host = _host(scope)
    # With ALLOWED_HOSTS=* any host is answered. What is no host at all breaks whatever builds an address of it.
    is_host = not host or hosts.name(host) is not None
    return (is_host and settings.HOSTS.answers(host)) or _ANY_HOST.match(path) is not None


async def _refuse_host(scope: Scope, path: str, send: Send) -> None:
    host = _host(scope)[:100].encode("ascii", "replace").decode("ascii")
    _throttled.log(
        logging.INFO,
        "host",
        "refused a request for the host %r: see ALLOWED_HOSTS in docs/operations.md",
        host,
    )
    about = f"for the host {host!r}" if host else "without a single, valid Host header"
    text = (
        f"This server does not answer requests {about}. If it should, add the name to the setting "
        "ALLOWED_HOSTS, or set PUBLIC_URL to the address in the browser, and start Rustrak again."
    )
    await answers.send(answers.error(path, 400, text, close=True), send)


async def _other(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop, and a quiet no to protocols that we do not speak."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    if scope["type"] != "lifespan":
        raise ValueError(f"only HTTP is supported, not {scope['type']}")
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            presence.hold(settings.RUN_DIR, "web")
            serving.prepare(settings.WEB_CONNECTIONS, priority.of_digest(settings.RUN_DIR).is_claimed)
            intake.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            # Seals this worker's segment now; otherwise the digest would wait until it is old enough.
            await intake.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
