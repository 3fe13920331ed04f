"""Whether alerts can leave the server: proxies, certificates, OUTBOUND_ALLOW, and the secrets of channels.

Nothing is sent, and nobody is connected to but a proxy.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from django.conf import settings
from django.db import Error

from issues.alerts import stored_channels
from issues.models import AlertChannel
from rustrak.lib.sealed import Unreadable
from rustrak.lib.wording import counted
from rustrak.ops.doctor.findings import Finding, ok, problem, warning
from rustrak.outbound import proxies
from rustrak.outbound.addresses import is_metadata
from rustrak.outbound.connecting import reach
from rustrak.outbound.messages import Unreachable

SUBJECT = "outgoing connections"
_PROXY_SECONDS = 3.0


def check() -> Iterator[Finding]:
    """Looks at the settings and at what is stored, and connects to the proxies."""
    found = [*_proxies(), *_certificates(), *_allowed()]
    yield from found or [ok(SUBJECT, "alerts can be sent to the internet, as far as this machine tells")]
    yield from _channels()


def _proxies() -> Iterator[Finding]:
    for name, raw in (
        ("HTTPS_PROXY", settings.OUTBOUND_PROXIES.https),
        ("HTTP_PROXY", settings.OUTBOUND_PROXIES.http),
    ):
        if not raw:
            continue
        try:
            reach(proxies.read(raw, name), _PROXY_SECONDS)
        except proxies.BadProxy as error:
            yield problem(SUBJECT, f"{error} No alert goes through it.", f"Correct or remove {name}.")
        except Unreachable as error:
            yield problem(
                SUBJECT,
                f"the proxy of {name} cannot be reached: {error}",
                f"Start the proxy, correct {name}, or name in NO_PROXY what is reached without it.",
            )


def _certificates() -> Iterator[Finding]:
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        yield warning(
            SUBJECT,
            "the system has no certificate authorities, so those that Python's certifi knew when it was installed are used",
            "Install the package ca-certificates, or set SSL_CERT_FILE to a file that exists.",
        )


def _allowed() -> Iterator[Finding]:
    for network, _ in settings.OUTBOUND_ALLOW.networks:
        if network.prefixlen == 0:
            yield warning(
                SUBJECT,
                f"OUTBOUND_ALLOW contains {network}: every project admin can send requests to everything in your network",
                "Name the hosts and networks that alerts are sent to.",
            )
        elif is_metadata(network):
            yield warning(
                SUBJECT,
                f"OUTBOUND_ALLOW contains {network}, where a provider's metadata service gives out keys",
                "Name smaller networks in OUTBOUND_ALLOW.",
            )


def _channels() -> Iterator[Finding]:
    try:
        channels = list(AlertChannel.objects.order_by("pk"))
    except Error:
        return  # the check of the database says why
    unreadable = [channel.name for channel in channels if not _is_readable(channel)]
    if unreadable:
        yield problem(
            "alert channels",
            f"the secrets of {counted(len(unreadable), 'channel')} cannot be read, because SESSION_SECRET_KEY has changed: "
            + ", ".join(repr(name) for name in unreadable[:5]),
            "Set SESSION_SECRET_KEY to its former value, or enter the secrets again on the pages of these channels.",
        )
    paused = [channel.name for channel in channels if channel.paused_at is not None]
    if paused:
        yield warning(
            "alert channels",
            f"{counted(len(paused), 'channel')} paused, because sending failed again and again: "
            + ", ".join(repr(name) for name in paused[:5]),
            "Correct what its page names, send a test, and resume it.",
        )


def _is_readable(channel: AlertChannel) -> bool:
    try:
        stored_channels.config(channel)
    except Unreadable:
        return False
    return True
