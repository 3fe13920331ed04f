"""The ASGI application: requests to SDK endpoints go to ingest.edge.intake, all others to Django's pages."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rustrak.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402

from ingest.edge import intake  # noqa: E402
from rustrak.lib import presence  # noqa: E402
from rustrak.proxies import resolve_client  # noqa: E402
from rustrak.run.handler import PageHandler, Receive, Scope, Send  # noqa: E402

PREFIX = urlsplit(settings.PUBLIC_URL).path
pages = PageHandler(settings.WEB_THREADS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `http` and `lifespan` scopes. A proxy may strip PUBLIC_URL's path from requests or leave it."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    if scope["type"] != "http":
        raise ValueError(f"only HTTP is supported, not {scope['type']}")
    scope = resolve_client(scope, settings.TRUSTED_PROXIES, settings.SSL_PROXY)
    path = scope["path"]
    if PREFIX and (path == PREFIX or path.startswith(PREFIX + "/")):
        path = path[len(PREFIX) :] or "/"
    if intake.handles(path):
        await intake.app({**scope, "path": path}, receive, send)
    else:
        await pages({**scope, "path": path}, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            presence.hold(settings.RUN_DIR, "web")
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            # Seals this worker's segment now; otherwise the digest would wait until it is old enough.
            await intake.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
