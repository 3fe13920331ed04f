"""Names of exceptions of Dart that were obfuscated, looked up in the symbol map of the build."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from issues.artifacts.lookup import Found
from issues.mapping.debug_files import found_for
from issues.mapping.known import Known, Stored, Subject
from issues.mapping.paths import clean
from issues.mapping.sent_event import SentEvent
from issues.symbols import client

KIND = "dart_symbols"
_LONGEST = 300
# How Dart writes an object that has no text of its own; a value may name several.
_INSTANCE = re.compile(r"(Instance of ')([\w$<>, ]{1,200})(')")
_MOST_INSTANCES, _LONGEST_VALUE = 10, 10_000


def _subject_of(file: Found) -> Subject:
    symbols = Stored(file.file)

    def ask(some: Sequence[str], patience: float) -> list[str | None]:
        named = client.dart_names(symbols, some, patience=patience)
        return [named.get(one) or None for one in some]

    return Subject(f"dart:{symbols.sha256}", ask)


def map_exception(thrown: dict[str, Any], event: SentEvent, known: Known) -> dict[str, Any] | None:
    """The exception with its original type, also where its value names one; None where both stay."""
    if not event.dart_ids or not (files := found_for(known, KIND, event.dart_ids)):
        return None
    subject = _subject_of(files[0])

    def name_of(sent: str) -> str:
        found = known.answer(subject, sent)
        if isinstance(found, str) and found != sent:
            known.uploads.add(files[0].upload_id)
            return clean(found, _LONGEST)
        return sent

    new: dict[str, Any] = {}
    type_, value = thrown.get("type"), thrown.get("value")
    if isinstance(type_, str) and 0 < len(type_) <= _LONGEST and (real := name_of(type_)) != type_:
        new["type"] = real
    if isinstance(value, str) and "Instance of '" in value[:_LONGEST_VALUE]:
        head, tail = value[:_LONGEST_VALUE], value[_LONGEST_VALUE:]
        named = _INSTANCE.sub(lambda found: f"{found[1]}{name_of(found[2])}{found[3]}", head, _MOST_INSTANCES)
        if named != head:
            new["value"] = named + tail
    return {**thrown, **new} if new else None
