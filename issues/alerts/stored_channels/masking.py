"""What may be shown of secrets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

DOTS = "••••"
#: Stands for a secret that cannot be read any more.
UNREADABLE = "cannot be read: enter it again"
# Of a shorter secret its last characters would give too much away.
_LONG_ENOUGH = 16
_LAST = 4
# Shorter parts of a secret are words, and not secret; shorter secrets would take words out of every answer.
_SHORTEST_PART, _SHORTEST = 6, 4
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}:[ \t]", re.ASCII)
_PARTS = re.compile(r"[\s,;:=/?&#@\"']+")


def masked(secret: str) -> str:
    """A secret as pages and answers show it: dots, with the last characters of a long one; of an address its server, of
    headers their names."""
    if not secret:
        return ""
    if all(_HEADER.match(line) for line in secret.split("\n")):
        return "\n".join(f"{line.partition(':')[0]}: {DOTS}" for line in secret.split("\n"))
    if re.match(r"(?i)https?://", secret):
        try:
            host = urlsplit(secret).hostname or ""
        except ValueError:
            host = ""
        return f"{host}/{DOTS}" if host else DOTS
    if "://" in secret or "\n" in secret or len(secret) < _LONG_ENOUGH:
        # Of apprise's addresses each part may be the secret; so may each line of several headers.
        return f"{secret.partition('://')[0].lower()}://{DOTS}" if "://" in secret[:20] else DOTS
    return f"{DOTS} {secret[-_LAST:]}"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` with dots for each secret, and for each part of one that is long enough to be secret by itself.

    For what others said: an answer may repeat the request.
    """
    secrets = list(secrets)
    parts = {secret for secret in secrets if len(secret) >= _SHORTEST}
    parts |= {
        part for secret in secrets for part in _PARTS.split(_inner(secret)) if len(part) >= _SHORTEST_PART
    }
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, DOTS)
    return text


def _inner(secret: str) -> str:
    """A secret without the server of an address, which is no secret."""
    if re.match(r"(?i)https?://", secret):
        return secret.partition("://")[2].partition("/")[2]
    return secret.partition("://")[2] or secret
