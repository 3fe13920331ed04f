"""Settings that are valid one by one but do not fit together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

from rustrak.lib.http.hosts import is_local
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "settings"
# Names that other programs use for what is called otherwise here.
_KNOWN_OTHERWISE = {
    "SECRET_KEY": "SESSION_SECRET_KEY",
    "BASE_URL": "PUBLIC_URL",
    "URL": "PUBLIC_URL",
    "DB_URL": "DATABASE_URL",
}


def check() -> Iterator[Finding]:
    """Django's and Rustrak's system checks, then combinations of settings."""
    found = [*_system_checks(), *_combinations(), *_misspelled()]
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
    if is_local(public.hostname or ""):
        listen = " Rustrak itself listens on this machine only: set HOST=0.0.0.0, or have a proxy pass requests on."
        yield warning(
            SUBJECT,
            f"PUBLIC_URL={settings.PUBLIC_URL} can only be reached from this machine, and DSNs contain it",
            "Set PUBLIC_URL to the address at which SDKs and browsers reach Rustrak, such as https://errors.example.org."
            + (listen if is_local(settings.HOST, listening=True) else ""),
        )
    if not settings.INGEST_FSYNC:
        yield warning(
            SUBJECT,
            "INGEST_FSYNC is false: a power failure loses the events accepted in the last seconds",
            "Set INGEST_FSYNC=true, unless speed matters more than these events.",
        )


def _misspelled() -> Iterator[Finding]:
    for given, meant in misspelled(settings.GIVEN_NAMES, settings.SETTING_NAMES):
        yield warning(
            SUBJECT,
            f"{given} is set, which Rustrak does not read",
            f"If it is meant for Rustrak, its name is {meant}.",
        )


def misspelled(given: Collection[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """The names in `given` that are close to one in `known`, or are one behind a prefix; each with the known one."""
    readable = {*known, *(f"{name}_FILE" for name in known)}
    for name in sorted(given):
        upper = name.upper()[:64]
        if name in readable or upper.startswith("RUSTRAK_TEST_"):
            continue
        bare = re.sub("^(RUSTRAK|DJANGO)_", "", upper)
        meant = _KNOWN_OTHERWISE.get(bare, bare) if bare != upper or upper == "SECRET_KEY" else upper
        if meant in readable:
            yield name, meant
        elif len(bare) > 6 and (close := difflib.get_close_matches(bare, sorted(readable), 1, 0.85)):
            yield name, close[0]
