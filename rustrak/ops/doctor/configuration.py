"""Settings that each are right, and do not fit together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "settings"


def check() -> Iterator[Finding]:
    """Django's and our own system checks, then combinations."""
    found = [*_system_checks(), *_combinations()]
    yield from found or [
        ok(SUBJECT, f"PUBLIC_URL={settings.PUBLIC_URL}, SSL_PROXY={str(settings.SSL_PROXY).lower()}")
    ]


def _system_checks() -> Iterator[Finding]:
    for message in checks.run_checks():
        if message.is_silenced():
            continue
        say = problem if message.is_serious() else warning
        yield say(SUBJECT, str(message.msg), str(message.hint or "Set it right and start again."))


def _combinations() -> Iterator[Finding]:
    public = urlsplit(settings.PUBLIC_URL)
    if public.scheme == "https" and not settings.SSL_PROXY:
        yield warning(
            SUBJECT,
            "PUBLIC_URL is https, and SSL_PROXY is false: cookies are sent without HTTPS, too",
            "Set SSL_PROXY=true and SESSION_SECRET_KEY.",
        )
    if public.scheme == "http" and settings.SSL_PROXY:
        yield problem(
            SUBJECT,
            "PUBLIC_URL is http, and SSL_PROXY is true: browsers keep no cookie, so nobody can sign in",
            f"Set PUBLIC_URL=https://{public.netloc}, or SSL_PROXY=false.",
        )
    if settings.SSL_PROXY and not settings.TRUSTED_PROXIES:
        yield warning(
            SUBJECT,
            "TRUSTED_PROXIES is empty behind a proxy: whoever reaches the port says what is HTTPS, and all events "
            "seem to come from the proxy",
            "Set TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1.",
        )
    if any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        yield warning(
            SUBJECT,
            "TRUSTED_PROXIES is everybody: anyone may make up the address that an event comes from",
            "Name the proxy's own address or network.",
        )
    if _only_here(public.hostname or "") and not _only_here(settings.HOST, listening=True):
        yield warning(
            SUBJECT,
            f"PUBLIC_URL={settings.PUBLIC_URL} is an address that only this machine knows, and DSNs carry it",
            "Set PUBLIC_URL to the address that SDKs and browsers reach it at, such as https://errors.example.org.",
        )
    if not settings.INGEST_FSYNC:
        yield warning(
            SUBJECT,
            "INGEST_FSYNC is false: a power cut loses what was accepted in the seconds before",
            "Set INGEST_FSYNC=true unless speed matters more.",
        )


def _only_here(host: str, *, listening: bool = False) -> bool:
    """Whether a name or address leads nowhere but to this machine; 0.0.0.0 listens for all, and leads nowhere."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or (address.is_unspecified and not listening)
