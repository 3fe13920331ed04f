"""Settings that are valid one by one but do not fit together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "settings"


def check() -> Iterator[Finding]:
    """Django's and Rustrak's system checks, then combinations of settings."""
    found = [*_system_checks(), *_combinations()]
    yield from found or [
        ok(SUBJECT, f"PUBLIC_URL={settings.PUBLIC_URL}, SSL_PROXY={str(settings.SSL_PROXY).lower()}")
    ]


def _system_checks() -> Iterator[Finding]:
    for message in checks.run_checks():
        if message.is_silenced():
            continue
        say = problem if message.is_serious() else warning
        yield say(SUBJECT, str(message.msg), str(message.hint or "Correct it and restart."))


def _combinations() -> Iterator[Finding]:
    public = urlsplit(settings.PUBLIC_URL)
    if public.scheme == "https" and not settings.SSL_PROXY:
        yield warning(
            SUBJECT,
            "PUBLIC_URL is https but SSL_PROXY is false: browsers also send the session cookie without HTTPS",
            "Set SSL_PROXY=true and SESSION_SECRET_KEY.",
        )
    if public.scheme == "http" and settings.SSL_PROXY:
        yield problem(
            SUBJECT,
            "PUBLIC_URL is http but SSL_PROXY is true: browsers reject the session cookie, so nobody can sign in",
            f"Set PUBLIC_URL=https://{public.netloc}, or SSL_PROXY=false.",
        )
    if settings.SSL_PROXY and not settings.TRUSTED_PROXIES:
        yield warning(
            SUBJECT,
            "TRUSTED_PROXIES is empty behind a proxy: anyone who can connect may claim to use HTTPS, and all events "
            "seem to come from the proxy's address",
            "Set TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1.",
        )
    if any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        yield warning(
            SUBJECT,
            "TRUSTED_PROXIES contains every address: anyone can forge the address that an event comes from",
            "Set TRUSTED_PROXIES to the proxy's own address or network.",
        )
    if _is_local(public.hostname or "") and not _is_local(settings.HOST, listening=True):
        yield warning(
            SUBJECT,
            f"PUBLIC_URL={settings.PUBLIC_URL} can only be reached from this machine, and DSNs contain it",
            "Set PUBLIC_URL to the address at which SDKs and browsers reach Rustrak, such as https://errors.example.org.",
        )
    if not settings.INGEST_FSYNC:
        yield warning(
            SUBJECT,
            "INGEST_FSYNC is false: a power failure loses the events accepted in the last seconds",
            "Set INGEST_FSYNC=true, unless speed matters more than these events.",
        )


def _is_local(host: str, *, listening: bool = False) -> bool:
    """Whether a name or address can be reached from this machine only.

    `listening`: 0.0.0.0 and :: then stand for all of the machine's addresses; in a URL they reach nothing else.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or (address.is_unspecified and not listening)
