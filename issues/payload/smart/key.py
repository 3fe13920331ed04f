"""Makes the smart key of an event: what of it stays the same whenever the same bug strikes. Pure and deterministic.

Made of the types of the exceptions, of the message without its values, and of the function of the application that was
called last. Each part says where it came from. Source: docs/protocol.md, "Grouping", and docs/decisions/0044.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from issues.payload import exception, message, stack, title
from issues.payload.access import entries, first_line, interface, mapping, text
from issues.payload.smart import names, values
from issues.payload.smart.place import NOWHERE, Place, circle_length, named, place
from issues.payload.smart.words import MARK
from rustrak.lib.text.visible_text import beginning

#: Stored with each grouping: 100 more than the version of these rules.
MECHANISM = 101
SEPARATOR = " ⋄ "
#: How every smart key begins, so that none is equal to a classic one.
PREFIX = "[smart 1] "
NO_TYPE = "<minified>"
#: Exceptions of a chain whose types are part of the key: the newest.
_MOST_EXCEPTIONS = 8
_LONGEST_LOGGER, _LONGEST_TRANSACTION = 100, 200
# Of these, which function was called last and what it says is chance.
_OVERFLOW = re.compile(r"RecursionError|Stack ?[Oo]verflow|SystemStackError|InfiniteRecursion")
_SEGMENT = re.compile(r"[^/]+")
_SCHEME_AND_HOST = re.compile(r"[a-z][a-z+.-]*://[^/]*", re.I)


class Part(NamedTuple):
    """One part of a smart key: `text` as it stands in the key.

    `what` is one of type, message, logger, place, circle, transaction, cause and cause_message. `keys` lead to the
    value that it was made from: `("exception", 2, "value")` is the value of the third exception. `before` is that value,
    `line` the source line that was compared with it.
    """

    what: str
    text: str
    keys: tuple[str | int, ...]
    before: str = ""
    line: str = ""


class SmartKey(NamedTuple):
    """A default key. `text` is what is stored and hashed."""

    text: str
    parts: tuple[Part, ...]


def smart_key(event: dict[str, Any]) -> SmartKey:
    """The default key of `event` by the smart mechanism; its fingerprint is not looked at."""
    thrown = exception.main(event)
    parts = _of_message(event) if thrown is None else _of_exceptions(event, thrown)
    return SmartKey(PREFIX + SEPARATOR.join([part.text for part in parts]), tuple(parts))


def smart_text(event: dict[str, Any]) -> str:
    """`smart_key(event).text`, in a fifth of the time for events as nearly all are: this runs for every event."""
    try:
        return _usual(event)
    except (LookupError, TypeError, ValueError, AttributeError):
        return smart_key(event).text


def _usual(event: dict[str, Any]) -> str:
    """The key of an event with one exception and a marked in-app frame; raises one of several errors for others."""
    thrown = event["exception"]["values"]
    if len(thrown) != 1:
        raise LookupError
    one = thrown[0]
    platform = event["platform"]
    type_, is_overflow = _types[one["type"], platform]
    frames = one["stacktrace"]["frames"]
    index = len(frames)
    said = False
    while said is False:
        index -= 1
        said = frames[index]["in_app"]
    name, is_sdk, throws = named(frames[index], platform)
    if said is not True or index < 0 or is_sdk or throws or not name or circle_length(frames, index):
        raise LookupError
    value, line = one["value"], ""
    if index == len(frames) - 1:
        line = frames[index].get("context_line") or ""
    found = values.normal(value, line)
    if found.is_useful and not is_overflow and not found.says_overflow and found.text != type_:
        return f"{PREFIX}{type_}{SEPARATOR}{found.text}{SEPARATOR}in {name}"
    return f"{PREFIX}{type_}{SEPARATOR}in {name}"


# Of the latest types with their platforms: their names in the key, and whether they say that the stack was full.
_types: dict[tuple[str, str], tuple[str, bool]] = {}
_MOST_TYPES = 500


def _type(sent: str, platform: str) -> tuple[str, bool]:
    """The type as it stands in the key, and whether the stack was full."""
    if (found := _types.get((sent, platform))) is None:
        found = names.type_of(sent, platform) or NO_TYPE, _OVERFLOW.search(sent) is not None
        if len(_types) >= _MOST_TYPES:
            _types.clear()
        _types[sent, platform[: names.LONGEST_RESULT]] = found
    return found


def _of_exceptions(event: dict[str, Any], thrown: dict[str, Any]) -> list[Part]:
    listed = entries(interface(event, "exception"))
    last = len(listed) - 1
    platform, flagged = _platform(event), stack.has_marks(event) if last else None
    where = _place(event, stack.main_frames(event), platform, flagged)
    sent = title.type_of(thrown)
    type_, is_overflow = _type(sent, platform)
    parts = [Part("type", type_, ("exception", last, "type"), sent)]
    value = text(thrown.get("value"))
    found = values.normal(value, where.line)
    if found.is_useful and not is_overflow and not found.says_overflow and found.text != type_:
        parts.append(Part("message", found.text, ("exception", last, "value"), first_line(value), where.line))
    _add_place(parts, where, "exception")
    if last:
        _add_causes(event, parts, listed, where, flagged)
    if not where.names:
        _add_transaction(event, parts)
    return parts


def _place(event: dict[str, Any], frames: list[dict[str, Any]], platform: str, flagged: bool | None) -> Place:
    if not frames:
        return NOWHERE
    if flagged is None:
        newest = frames[-1].get("in_app")
        flagged = newest is True or stack.has_marks(event)
    return place(frames, platform, flagged=flagged)


def _add_place(parts: list[Part], where: Place, *keys: str | int) -> None:
    if where.names:
        what = "circle" if where.is_circle else "place"
        parts.append(Part(what, f"in {' < '.join(where.names)}", (*keys, "frames", *where.indexes)))


def _add_causes(
    event: dict[str, Any],
    parts: list[Part],
    listed: list[dict[str, Any]],
    where: Place,
    flagged: bool | None,
) -> None:
    """The types of the exceptions that led to the last, and message and place of the first of all.

    What is only the context of an exception, not its cause, is left out: it was being handled when something else
    happened. Of a group of exceptions each type counts once, for which of them is first is chance.
    """
    mechanisms = [mapping(one.get("mechanism")) for one in listed]
    causes = [index for index in range(len(listed) - 1) if mechanisms[index].get("source") != "__context__"]
    if not causes:
        return
    platform = _platform(event)
    types = [(_type(title.type_of(listed[index]), platform)[0], index) for index in causes]
    if any(mechanism.get("is_exception_group") is True for mechanism in mechanisms):
        types = [(name, index) for name, index in sorted(dict(types[::-1]).items())]
        for name, index in types[:_MOST_EXCEPTIONS]:
            parts.append(Part("cause", f"with {name}", ("exception", index, "type")))
        return
    before = parts[0].text
    for name, index in types[: -_MOST_EXCEPTIONS - 1 : -1]:
        # A retry wraps the same exception again and again.
        if name != before:
            parts.append(Part("cause", f"from {name}", ("exception", index, "type")))
        before = name
    root = causes[0]
    frames = stack.frames(listed[root])
    start = _place(event, frames, platform, flagged)
    value = text(listed[root].get("value"))
    if (found := values.normal(value, start.line)).is_useful:
        keys = ("exception", root, "value")
        parts.append(Part("cause_message", f"says {found.text}", keys, first_line(value), start.line))
    if start.names and start.names != where.names:
        _add_place(parts, start, "exception", root)


def _of_message(event: dict[str, Any]) -> list[Part]:
    """The message before its parameters are filled in, and the logger; where it says nothing, the function.

    Whether a message has a stack depends on the version and options of the SDK.
    """
    template, keys = message.template(event)
    parts = [Part("type", "message", keys) if template else Part("type", "<unknown>", ())]
    found = values.normal(template)
    if found.is_useful:
        parts.append(Part("message", found.text, keys, first_line(template)))
    sent = beginning(text(event.get("logger")))[:_LONGEST_LOGGER]
    if logger := values.normal(sent).text:
        parts.append(Part("logger", f"logger {logger}", ("logger",), sent))
    if not found.is_useful:
        where = _place(event, stack.main_frames(event), _platform(event), None)
        _add_place(parts, where, "stacktrace")
        if not where.names:
            _add_transaction(event, parts)
    return parts


def _add_transaction(event: dict[str, Any], parts: list[Part]) -> None:
    sent = beginning(text(event.get("transaction")))[:_LONGEST_TRANSACTION]
    if sent:
        parts.append(Part("transaction", f"at {normal_transaction(sent)}", ("transaction",), sent))


def normal_transaction(sent: str) -> str:
    """A transaction without host, query and the numbers and ids in its path."""
    path = _SCHEME_AND_HOST.sub("", sent).partition("?")[0].partition("#")[0] or "/"
    return _SEGMENT.sub(_normal_segment, path)


def _normal_segment(segment: re.Match[str]) -> str:
    # The first may be a method: `GET /orders`.
    return (values.normal(segment[0]).text or MARK) + (" " if segment[0][-1] == " " else "")


def _platform(event: dict[str, Any]) -> str:
    sent = event.get("platform")
    return sent if isinstance(sent, str) else ""
