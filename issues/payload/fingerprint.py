"""What makes two events one issue: the grouping key. Pure and deterministic; keys are relied upon (docs/api.md).

MECHANISM is stored beside each key: a later mechanism may make other keys without splitting issues that exist.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from issues.payload import access
from rustrak.lib import tolerant_json

MECHANISM = 1
SEPARATOR = " ⋄ "
#: Characters of a key: a fingerprint of nothing but `{{ default }}` would become a thousand times as large.
LONGEST = 1024 * 1024
_DEFAULT_PART = re.compile(r"\s*\{\{\s*default\s*\}\}\s*")


def grouping_key(event: dict[str, Any]) -> str:
    """The key of `event`: its fingerprint if it has one, else type, value or message, and transaction."""
    parts = event.get("fingerprint")
    if not isinstance(parts, list) or not parts:
        return default_key(event)
    default: str | None = None
    texts: list[str] = []
    left = LONGEST
    for part in parts:
        if not isinstance(part, str):
            text = tolerant_json.dumps(part).decode()
        elif _DEFAULT_PART.fullmatch(part):
            text = default = default_key(event) if default is None else default
        else:
            text = part
        texts.append(text)
        left -= len(text)
        if left <= 0:
            break
    return SEPARATOR.join(texts)[:LONGEST]


def default_key(event: dict[str, Any]) -> str:
    """The key of an event without a fingerprint."""
    transaction = access.text(event.get("transaction"))[:200] or "<no transaction>"
    return f"{_subject(event)}{SEPARATOR}{transaction}"


def _subject(event: dict[str, Any]) -> str:
    if (exception := access.main_exception(event)) is not None:
        return exception_title(exception)
    if message := access.log_message(event):
        return f"Log Message: {access.first_line(message)[:1024]}"
    return "<unknown>"


def exception_title(exception: dict[str, Any]) -> str:
    """`Type: first line of value`, or the type alone. Type is cut at 128 characters, value at 1024."""
    return titled(access.text(exception.get("type")), access.text(exception.get("value")))


def titled(kind: str, value: str) -> str:
    kind = kind[:128] or "Error"
    line = access.first_line(value)[:1024]
    return f"{kind}: {line}" if line else kind


def key_hash(key: str) -> str:
    """SHA-256 of the key's UTF-8 bytes in hexadecimal: by this a grouping is looked up."""
    return hashlib.sha256(key.encode()).hexdigest()
