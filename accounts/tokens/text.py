"""The text of tokens: 40 hex digits, or `sntrys_…`, which tells clients where the server is. Source: docs/sentry-api.md, "Tokens"."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from datetime import datetime
from typing import Literal

import orjson

#: `plain` for whatever takes a bearer token, `sentry` for clients of Sentry.
Form = Literal["plain", "sentry"]
FORMS: tuple[Form, ...] = ("plain", "sentry")
#: The organization, as clients are told: addresses may call it anything.
ORGANIZATION = "rustrak"
PREFIX_LENGTH = 8
_LONGEST = 4096
_PLAIN = re.compile(r"[0-9a-f]{40}", re.ASCII)
_SENTRY = re.compile(r"sntrys_[A-Za-z0-9+/]+={0,2}_[A-Za-z0-9+/]{43}", re.ASCII)


def new(
    form: Form, url: str, now: datetime, organization: str = ORGANIZATION, secret: bytes | None = None
) -> str:
    """A new token of 160 random bits, or of 256 for `sentry`, which names the server, whose public address `url` is, and the
    organization: sentry-cli warns when another one is configured. With `secret`, 32 bytes, these are its random bits."""
    if form == "plain":
        return secrets.token_hex(20)
    about = {"iat": now.timestamp(), "url": url, "region_url": url, "org": organization}
    random = b64encode(secret or secrets.token_bytes(32)).decode().rstrip("=")
    return f"sntrys_{b64encode(orjson.dumps(about)).decode()}_{random}"


def is_token(text: str) -> bool:
    """Whether `text` has the form of a token."""
    if len(text) > _LONGEST:
        return False
    return _PLAIN.fullmatch(text) is not None or _SENTRY.fullmatch(text) is not None


def prefix(text: str) -> str:
    """The beginning of what is random in a token, by which people tell theirs apart."""
    return text.rpartition("_")[2][:PREFIX_LENGTH]
