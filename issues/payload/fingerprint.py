"""Makes the grouping key: events with the same key belong to one issue. Pure and deterministic.

Other programs rely on the keys (docs/api.md). MECHANISM is stored beside each key, so that a later mechanism can make
other keys without splitting existing issues.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from issues.payload import exception, message, title
from issues.payload.access import first_line, text
from issues.payload.fields import LONGEST_TRANSACTION
from issues.payload.notes import Notes, What, path, short
from issues.payload.smart.key import smart_text
from issues.payload.variables import NO_TRANSACTION, Variables
from rustrak.lib import tolerant_json
from rustrak.lib.text.visible_text import beginning

# 2: variables other than `{{ default }}` are filled in, and lines without text are passed over.
MECHANISM = 2
SEPARATOR = " ⋄ "
#: In characters. A fingerprint of nothing but `{{ default }}` would make a key a thousand times as large as itself.
LONGEST = 1024 * 1024
# As SDKs write it; other spellings are variables like all others.
_DEFAULT_PARTS = frozenset({"{{ default }}", "{{default}}"})


class Keys(NamedTuple):
    """The keys of one event, one of each mechanism; equal where the fingerprint names no default key."""

    classic: str
    smart: str


def grouping_key(
    event: dict[str, Any],
    notes: Notes | None = None,
    own_tags: dict[str, str] | None = None,
    of_rule: Sequence[str] | None = None,
) -> str:
    """The classic key of `event`: its fingerprint if it has one, else its default key.

    Variables that are not known are noted. `own_tags` are what tags.read found, if that is known already. `of_rule` is the
    fingerprint that a rule of the project gives it, in place of its own.
    """
    parts = event.get("fingerprint") if of_rule is None else list(of_rule)
    if not isinstance(parts, list) or not parts:
        return default_key(event)
    return _filled(event, parts, default_key, notes, own_tags)[0]


def grouping_keys(
    event: dict[str, Any],
    notes: Notes | None = None,
    own_tags: dict[str, str] | None = None,
    of_rule: Sequence[str] | None = None,
    readable: dict[str, Any] | None = None,
) -> Keys:
    """As `grouping_key`, with the smart key. `readable` is the event with its frames and types mapped: smart keys and variables are
    made of it, while the default classic key stays that of the event as it was sent, whatever was uploaded."""
    parts = event.get("fingerprint") if of_rule is None else list(of_rule)
    shown = event if readable is None else readable
    if not isinstance(parts, list) or not parts:
        return Keys(default_key(event), smart_text(shown))
    classic, has_default = _filled(shown, parts, lambda _: default_key(event), notes, own_tags)
    smart = _filled(shown, parts, smart_text, None, own_tags)[0] if has_default else classic
    return Keys(classic, smart)


def _filled(
    event: dict[str, Any],
    parts: list[Any],
    make_default: Callable[[dict[str, Any]], str],
    notes: Notes | None,
    own_tags: dict[str, str] | None,
) -> tuple[str, bool]:
    """The key that a fingerprint makes, and whether it names the default key."""
    variables: Variables | None = None
    default: str | None = None

    def of_default() -> str:
        nonlocal default
        if default is None:
            default = make_default(event)
        return default

    texts: list[str] = []
    left = LONGEST
    for index, part in enumerate(parts):
        if not isinstance(part, str):
            written = tolerant_json.dumps(part).decode()
        elif part in _DEFAULT_PARTS:
            written = of_default()
        elif "{{" in part:
            variables = variables or Variables(event, of_default, own_tags)
            written, unknown = variables.fill(part, left)
            if notes is not None:
                for name in dict.fromkeys(unknown):
                    notes.add(path("fingerprint", index), What.UNKNOWN_VARIABLE, short(name))
        else:
            written = part
        texts.append(written)
        left -= len(written)
        if left <= 0:
            break
    return SEPARATOR.join(texts)[:LONGEST], default is not None


def default_key(event: dict[str, Any]) -> str:
    """The exception's title, else the message, with the transaction: the key of an event without a fingerprint."""
    transaction = beginning(text(event.get("transaction")))[:LONGEST_TRANSACTION] or NO_TRANSACTION
    return f"{_subject(event)}{SEPARATOR}{transaction}"


def _subject(event: dict[str, Any]) -> str:
    """The title of an exception, else `Log Message: ` and the message before its parameters are filled in."""
    if (thrown := exception.main(event)) is not None:
        return title.titled(title.type_of(thrown), text(thrown.get("value")))
    if said := message.unformatted(event):
        return f"Log Message: {first_line(said)[: title.LONGEST_VALUE]}"
    return "<unknown>"


def key_hash(key: str) -> str:
    """The SHA-256 of the key's UTF-8 bytes in hexadecimal, by which groupings are looked up."""
    return hashlib.sha256(key.encode()).hexdigest()
