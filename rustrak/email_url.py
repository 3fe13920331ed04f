"""Reads EMAIL_URL: where mail goes. Nothing that is raised here has a part of the value: it has a password."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

_BACKENDS = "django.core.mail.backends"
# scheme -> its usual port, and how TLS begins: never, by STARTTLS, or with the connection. Source: RFC 8314.
_SMTP = {
    "smtp": (25, ""),
    "smtp+tls": (587, "EMAIL_USE_TLS"),
    "submission": (587, "EMAIL_USE_TLS"),
    "smtp+ssl": (465, "EMAIL_USE_SSL"),
    "smtps": (465, "EMAIL_USE_SSL"),
    "submissions": (465, "EMAIL_USE_SSL"),
}
_OTHERS = {"consolemail": "console", "filemail": "filebased", "memorymail": "locmem", "dummymail": "dummy"}
# Ports on which a connection begins without TLS.
_PLAIN_PORTS = {25, 587}
_TLS_PORT = 465
_ENCODE = "percent-encode special characters in the user name and the password: @ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25"


def email_url(raw: str) -> dict[str, Any]:
    """Django's settings for mail, from `scheme://user:password@host:port`. Raises ValueError with what is wrong."""
    scheme, found, rest = raw.partition("://")
    scheme = scheme.lower()
    if not found or not (scheme in _SMTP or scheme in _OTHERS):
        known = ", ".join(f"{one}://" for one in (*_SMTP, *_OTHERS))
        raise ValueError(f"must begin with one of {known}")
    if scheme in _OTHERS:
        return _other(scheme, rest)
    if _has_special(rest):
        raise ValueError(_ENCODE)
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host = parts.hostname or ""
    except ValueError:
        raise ValueError(f"the host is not valid; {_ENCODE}") from None
    if not re.fullmatch(r"[\w.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?", host):
        raise ValueError(
            "must have a host after the user and the password, as in smtp+tls://user:pass@mail.example.org"
        )
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"the port must be a number from 1 to 65535; {_ENCODE}") from None
    if port == 0:
        raise ValueError("the port must be a number from 1 to 65535")
    user, password = _decoded(parts.username), _decoded(parts.password)
    if bool(user) != bool(password):
        raise ValueError("must have both a user name and a password, or neither")
    if parts.path.strip("/"):
        raise ValueError(f"must have nothing after the host and the port; {_ENCODE}")
    usual, tls = _SMTP[scheme]
    if scheme == "smtps" and port in _PLAIN_PORTS:
        tls = "EMAIL_USE_TLS"  # what this scheme meant before
    if port == _TLS_PORT and tls != "EMAIL_USE_SSL":
        raise ValueError(f"port {_TLS_PORT} begins with TLS: use smtp+ssl://")
    tls = _option(parts.query, tls)
    return {
        "EMAIL_BACKEND": f"{_BACKENDS}.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": port or usual,
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_TLS": tls == "EMAIL_USE_TLS",
        "EMAIL_USE_SSL": tls == "EMAIL_USE_SSL",
    }


def _has_special(rest: str) -> bool:
    """Whether the user or the password has a character that ends it too early: an @ stands behind it."""
    end = re.search(r"[/?#]", rest)
    return end is not None and "@" in rest[end.start() :]


def _other(scheme: str, rest: str) -> dict[str, Any]:
    path = unquote(rest.partition("?")[0])
    if scheme == "filemail" and not path.startswith("/"):
        raise ValueError("must name a directory by its whole path, as in filemail:///var/lib/rustrak/mail")
    return {"EMAIL_BACKEND": f"{_BACKENDS}.{_OTHERS[scheme]}.EmailBackend", "EMAIL_FILE_PATH": path}


def _option(query: str, tls: str) -> str:
    """How TLS begins, after `?email_use_tls=true` or `?email_use_ssl=true`."""
    if not query:
        return tls
    name, _, value = query.partition("=")
    if name.upper() not in {"EMAIL_USE_TLS", "EMAIL_USE_SSL"} or value.lower() not in {"1", "true"}:
        raise ValueError("must have nothing after a question mark: the scheme says how TLS begins")
    return name.upper()


def _decoded(part: str | None) -> str:
    """A percent-encoded part of the address as text."""
    if part is None:
        return ""
    if re.search(r"%(?![0-9A-Fa-f]{2})", part):
        raise ValueError(_ENCODE)
    try:
        text = unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("the user name and the password must be UTF-8") from None
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("the user name and the password must have no control characters")
    return text


def sender(raw: str) -> str:
    """The sender of mail: an address, or `Name <address>`. Raises ValueError."""
    if not re.fullmatch(r"[^\r\n<>@]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+", raw):
        raise ValueError("must be an address or a name with an address")
    return raw
