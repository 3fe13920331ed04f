"""What may be shown of secrets. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
import string
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote, unquote_plus, urlsplit

DOTS = "••••"
#: Stands for a secret that cannot be read any more.
UNREADABLE = "cannot be read: enter it again"
# Of a shorter secret its last characters would give too much away.
_LONG_ENOUGH = 16
_LAST = 4
# Shorter parts of a secret are words, and not secret; shorter secrets would take words out of every answer.
_SHORTEST_PART, _SHORTEST = 6, 4
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}:[ \t]", re.ASCII)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
# Parts of addresses and headers that services have in common: answers, and what we say ourselves, would lose words.
_WORDS = frozenset(
    [
        "application",
        "authorization",
        "automations",
        "bearer",
        "channel",
        "channels",
        "content",
        "invoke",
        "manual",
        "message",
        "messages",
        "powerautomate",
        "redirect",
        "service",
        "services",
        "spaces",
        "triggers",
        "webhook",
        "webhooks",
        "workflow",
        "workflows",
    ]
)
_PARAMETER = re.compile(r"[?&][^=?&\s]{0,100}=")
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

    For what others said: an answer may repeat the request, also encoded (percent, base64, JSON, HTML), in capitals, or cut.
    """
    secrets = list(secrets)
    parts = {secret for secret in secrets if len(secret) >= _SHORTEST}
    parts |= {
        part
        for secret in secrets
        for part in _PARTS.split(_PARAMETER.sub("&", _inner(secret)))
        if len(part) >= _SHORTEST_PART and part.lower() not in _WORDS
    }
    folded = _folded(text)
    # Where an answer may have been cut, in the middle of a secret: at its end, and before the last ellipses.
    ends = [len(folded)]
    for _ in range(2):
        ends.append(folded.rfind("…", 0, ends[-1]))
    spans = [span for form in _forms(parts) for span in _found(folded, _folded(form), ends)]
    kept, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            kept += [text[done:start], DOTS]
        done = max(done, end)
    return "".join([*kept, text[done:]])


def _forms(parts: set[str]) -> set[str]:
    """The ways in which the other side may write parts of secrets."""
    plain = parts | {decode(part) for part in parts for decode in (unquote, unquote_plus)}
    plain = {part for part in plain if len(part) >= _SHORTEST}
    forms = plain | {quote(part) for part in plain} | {quote(part, safe="") for part in plain}
    encoded = {form for part in forms if len(part) >= _SHORTEST_PART for form in _base64(part)}
    forms |= {quote(form, safe="") for form in forms}
    for part in plain:
        escaped = json.dumps(part)[1:-1]
        forms |= {
            escaped,
            escaped.replace("/", "\\/"),
            html.escape(part),
            json.dumps(part, ensure_ascii=False)[1:-1],
        }
    return forms | encoded


def _base64(part: str) -> Iterator[str]:
    """What of base64 is the same whatever stands before and after the part, as in `user:password`."""
    data = part.encode("utf-8", "replace")
    for before in range(3):
        code = base64.b64encode(bytes(before) + data).decode("ascii")
        code = code[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        yield from (code, code.replace("+", "-").replace("/", "_"))


def _found(text: str, form: str, ends: list[int]) -> Iterator[tuple[int, int]]:
    """Where `form` stands in `text`, also its beginning before one of `ends`."""
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + len(form))
    begun = form[:_SHORTEST_PART]
    for end in ends:
        start = text.find(begun, max(0, end - len(form) + 1), max(0, end))
        while start >= 0:
            if form.startswith(text[start:end]):
                yield start, end
                break
            start = text.find(begun, start + 1, end)


def _folded(text: str) -> str:
    """`text` with its ASCII letters in lower case, so that all others keep their places."""
    return text.translate(_LOWER)


def _inner(secret: str) -> str:
    """A secret without the server of an address, which is no secret."""
    if re.match(r"(?i)https?://", secret):
        return secret.partition("://")[2].partition("/")[2]
    return secret.partition("://")[2] or secret
