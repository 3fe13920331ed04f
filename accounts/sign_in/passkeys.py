"""Whether browsers make and use passkeys for this installation, and on which pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from rustrak.lib.http import hosts


def origin() -> str:
    """The origin of the pages that may ask for a passkey."""
    return hosts.origin(settings.PUBLIC_URL)


def why_not() -> str:
    """Why browsers would refuse, in a sentence; empty if they would not. Source: Web Authentication, 5.1.3 and 13.4.9."""
    base = urlsplit(settings.PUBLIC_URL)
    host = base.hostname or ""
    if host.replace(".", "").isdigit() or ":" in host:
        return "Passkeys need a host name in PUBLIC_URL; it has an IP address."
    if base.scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return "Passkeys need HTTPS; PUBLIC_URL begins with http."
    return ""
