"""Whether other machines can send events: a DSN begins with PUBLIC_URL, which is this machine's own until it is set."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from rustrak.lib.http.hosts import is_local


def only_here() -> bool:
    """Whether the host of PUBLIC_URL can be reached from this machine only."""
    return is_local(urlsplit(settings.PUBLIC_URL).hostname or "")


def advice() -> str | None:
    """What to set so that other machines can send events; None when they can."""
    if not only_here():
        return None
    listen = (
        ", and HOST=0.0.0.0 unless a proxy passes requests on"
        if is_local(settings.HOST, listening=True)
        else ""
    )
    return (
        f"PUBLIC_URL is {settings.PUBLIC_URL}, which only programs on this machine can reach. For events from other "
        f"machines, phones or containers, set PUBLIC_URL to the address at which they reach Rustrak{listen}; then "
        "restart Rustrak. The DSNs of all projects change with it."
    )
