"""Finds the values of an event that have a type the protocol does not allow there, and notes them. Pure.

Such a value reads as absent (issues.payload.access) and is shown as it was sent (issues.render). This runs for every
event, so it checks only types, and only of what is read later. Source: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from typing import Any

from issues.payload import message, tags
from issues.payload.access import text
from issues.payload.notes import Notes, What, path, short

_TEXT, _OBJECT, _LIST, _ENTRIES, _MESSAGE = (str,), (dict,), (list,), (dict, list), (str, dict)
_NUMBER = (int, float)
# Any scalar is allowed; it is read as text.
_SCALAR = (str, int, float)
_Types = dict[str, tuple[type, ...]]
_Keys = tuple[str | int, ...]
_NONE: dict[str, Any] = {}
_HOLDERS = ("exception", "sentry.interfaces.Exception", "threads")

_EVENT: _Types = {
    "transaction": _SCALAR, "server_name": _SCALAR, "logger": _SCALAR, "release": _SCALAR, "dist": _SCALAR,
    "environment": _SCALAR, "platform": _TEXT, "culprit": _SCALAR, "site": _SCALAR, "type": _TEXT,
    "exception": _ENTRIES, "sentry.interfaces.Exception": _ENTRIES, "threads": _ENTRIES, "breadcrumbs": _ENTRIES,
    "sentry.interfaces.Breadcrumbs": _ENTRIES, "stacktrace": _ENTRIES, "sentry.interfaces.Stacktrace": _ENTRIES,
    "message": _MESSAGE, "logentry": _MESSAGE, "sentry.interfaces.Message": _MESSAGE, "tags": _ENTRIES,
    "extra": _OBJECT, "contexts": _OBJECT, "request": _OBJECT, "sentry.interfaces.Http": _OBJECT, "user": _OBJECT,
    "sentry.interfaces.User": _OBJECT, "fingerprint": _LIST, "sdk": _OBJECT, "modules": _OBJECT,
    "debug_meta": _OBJECT, "_meta": _OBJECT,
}  # fmt: skip
_EXCEPTION: _Types = {"type": _SCALAR, "module": _TEXT, "mechanism": _OBJECT, "stacktrace": _ENTRIES}
_THREAD: _Types = {"id": _SCALAR, "name": _SCALAR, "stacktrace": _ENTRIES}
_FRAME: _Types = {
    "function": _TEXT, "filename": _TEXT, "lineno": _NUMBER, "in_app": (bool,), "vars": _ENTRIES,
}  # fmt: skip
_CRUMB: _Types = {"type": _TEXT, "category": _TEXT, "message": _SCALAR, "level": _TEXT, "data": _OBJECT}
_REQUEST: _Types = {"url": _TEXT, "method": _TEXT, "headers": _ENTRIES, "env": _OBJECT}


def inspect(event: dict[str, Any], notes: Notes) -> None:
    """Note every value in `event` that has the wrong type. `event` is not changed."""
    _look(event, _EVENT, notes, ())
    for name in _HOLDERS:
        if part := event.get(name):
            keys, entries = _entries(part, notes, (name,))
            types = _THREAD if name == "threads" else _EXCEPTION
            for index, entry in enumerate(entries):
                if type(entry) is dict:
                    _look(entry, types, notes, keys, index)
                    if stack := entry.get("stacktrace"):
                        _stack(stack, notes, (*keys, index, "stacktrace"))
    if stack := event.get("stacktrace"):
        _stack(stack, notes, ("stacktrace",))
    if part := event.get("breadcrumbs"):
        keys, entries = _entries(part, notes, ("breadcrumbs",))
        for index, entry in enumerate(entries):
            if type(entry) is dict and type(entry.get("data", _NONE)) is not dict:
                _look(entry, _CRUMB, notes, keys, index)
    if type(contexts := event.get("contexts")) is dict:
        for name, context in contexts.items():
            if type(context) is not dict and context is not None:
                notes.wrong_type(context, "contexts", name)
    if type(request := event.get("request")) is dict:
        _look(request, _REQUEST, notes, ("request",))
    _params(event, notes)


def _look(part: dict[str, Any], types: _Types, notes: Notes, keys: _Keys, *more: str | int) -> None:
    for name, value in part.items():
        if name in types and value is not None and type(value) not in types[name]:
            notes.wrong_type(value, *keys, *more, name)


def _entries(part: Any, notes: Notes, keys: _Keys) -> tuple[_Keys, list[Any]]:
    """The list that `part` is or holds, and the keys that lead to it. Notes its entries that are not objects."""
    if type(part) is dict:
        if "values" not in part:
            return keys, [part]
        part, keys = part["values"], (*keys, "values")
        if type(part) is dict:
            return keys, [part]
        if part is not None and type(part) is not list:
            notes.wrong_type(part, *keys)
    if type(part) is not list:
        return keys, []
    for index, entry in enumerate(part):
        if type(entry) is not dict and entry is not None:
            notes.wrong_type(entry, *keys, index)
    return keys, part


def _stack(stack: Any, notes: Notes, keys: _Keys) -> None:
    """Note what is wrong in a stack trace: an object with `frames`, or a list of frames."""
    frames = stack
    if type(stack) is dict:
        frames, keys = stack.get("frames"), (*keys, "frames")
        if frames is not None and type(frames) is not list:
            notes.wrong_type(frames, *keys)
    if type(frames) is not list:
        return
    for index, frame in enumerate(frames):
        if type(frame) is dict:
            get = frame.get
            # The usual types, written out: this is the innermost loop of the digest.
            if not (
                type(get("function", "")) is str
                and type(get("filename", "")) is str
                and type(get("lineno", 0)) is int
                and type(get("in_app", True)) is bool
                and type(get("vars", _NONE)) is dict
            ):
                _look(frame, _FRAME, notes, keys, index)
        elif frame is not None:
            notes.wrong_type(frame, *keys, index)


def _params(event: dict[str, Any], notes: Notes) -> None:
    for name in message.SOURCES:
        said = event.get(name)
        if type(said) is dict and said.get("params") and not said.get("formatted"):
            template = text(said.get("message"))
            if message.has_placeholders(template) and message.fill(template, said["params"]) == template:
                notes.add(path(name, "params"), What.PARAMS, short(said["params"]))


def inspect_tags(event: dict[str, Any], kept: dict[str, str], notes: Notes) -> None:
    """Note the tags that differ from `kept`, which is what tags.read made of them."""
    sent = event.get("tags")
    if len(kept) > tags.MOST_COUNTED:
        notes.add("tags", What.TAGS_NOT_COUNTED, f"{len(kept)} {tags.MOST_COUNTED}")
    if not sent or kept == sent:
        return
    if isinstance(sent, list):
        for index, entry in enumerate(sent):
            if entry is not None and tags.pair_of(entry) is None:
                notes.wrong_type(entry, "tags", index)
    other: dict[str, str] | None = None
    for name, value in tags.pairs(sent):
        stored = tags.value_of(value)
        if stored and kept.get(name) == stored and (len(stored) < tags.LONGEST or stored == value):
            continue
        field = path("tags", name)
        if not name or not stored:
            notes.add(field, What.NO_TAG if name else What.UNNAMED_TAG, short(value))
            continue
        other = tags.renamed(tags.usable(event)) if other is None else other
        key = other.get(name, name)
        if kept.get(key) != stored:
            notes.add(field, What.TAG_REPEATED, short(value))
            continue
        if key != name:
            notes.add(field, What.TAG_RENAMED, key)
        if isinstance(value, str) and len(value) > tags.LONGEST:
            notes.add(field, What.CUT, f"{len(value)} {tags.LONGEST}")
