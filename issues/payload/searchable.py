"""The texts of an event by which its issue is found. Pure; bounded by what strangers may send.

Runs for every event, so it only gathers what was sent, as tuples with a hash: what an issue has already is recognised by
the hash. `by_column` makes texts of them for what is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from issues.payload import message
from issues.payload.access import entries, interface, text
from issues.payload.stack import frames as frames_of

#: Of one event: frames of all stacks together, stacks, exceptions; the newest of each.
MOST_FRAMES, MOST_STACKS, MOST_EXCEPTIONS = 300, 50, 50
#: In characters, from the beginning of names (of types, functions, files, modules), of addresses, and of other texts.
LONGEST_NAME, LONGEST_URL, LONGEST_TEXT = 200, 500, 2000

#: The columns of IssueText.
TYPES, FUNCTIONS, FILES, MODULES, URLS, OTHER = COLUMNS = (
    "types", "functions", "files", "modules", "urls", "other",
)  # fmt: skip

_FRAME = ("function", "module", "filename", "abs_path")
_EXCEPTION = ("type", "value", "module")


class Texts(NamedTuple):
    """`frames`: function, module, filename and abs_path of each; `own`: what else is searched for. As they were sent: of
    any JSON type but arrays and objects. Hashes are equal for equal texts, in one process."""

    frames_hash: int
    own_hash: int
    frames: tuple[tuple[Any, ...], ...]
    own: tuple[Any, ...]


NOTHING = Texts(hash(()), hash(()), (), ())


def texts(event: dict[str, Any], transaction: str, culprit: str) -> Texts:
    """The texts of `event`, except those of its tags. `transaction` and `culprit` are those of the Occurrence."""
    try:
        return _usual(event, transaction, culprit)
    except (LookupError, TypeError, ValueError, AttributeError):
        return _any(event, transaction, culprit)


_names = itemgetter(*_FRAME)


def _usual(event: dict[str, Any], transaction: str, culprit: str) -> Texts:
    """What `_any` returns too, in half the time, for events as nearly all are; raises one of several errors for others."""
    thrown = event["exception"]["values"]
    if "threads" in event or "stacktrace" in event or len(thrown) > MOST_EXCEPTIONS:
        raise LookupError
    frames = thrown[0]["stacktrace"]["frames"] if len(thrown) == 1 else []
    for one in thrown[1:] and thrown:
        frames += one["stacktrace"]["frames"]
    if len(frames) > MOST_FRAMES:
        frames = frames[-MOST_FRAMES:]
    first = frames[0]
    if "abs_path" in first and "module" in first:
        names = tuple(map(_names, frames))
    else:
        names = tuple(
            [
                (get("function"), get("module"), get("filename"), get("abs_path"))
                for frame in frames
                for get in (frame.get,)
            ]
        )
    own = (
        tuple([(one["type"], one["value"], one.get("module")) for one in thrown]),
        _messages(event),
        event["request"].get("url") if "request" in event else None,
        transaction,
        culprit,
    )
    return Texts(hash(names), hash(own), names, own)


def _any(event: dict[str, Any], transaction: str, culprit: str) -> Texts:
    thrown = entries(part := interface(event, "exception"))
    holders = [*thrown, part, event, *entries(event.get("threads"))[:MOST_STACKS]]
    stacks = [found for holder in holders if (found := frames_of(holder))][-MOST_STACKS:]
    frames = [frame for stack in stacks for frame in stack[-MOST_FRAMES:]][-MOST_FRAMES:]
    request = interface(event, "request")
    names = tuple(
        [
            (get("function"), get("module"), get("filename"), get("abs_path"))
            for frame in frames
            for get in (frame.get,)
        ]
    )
    own = (
        tuple([tuple(map(one.get, _EXCEPTION)) for one in thrown[-MOST_EXCEPTIONS:]]),
        _messages(event),
        request.get("url") if isinstance(request, dict) else None,
        transaction,
        culprit,
    )
    try:
        return Texts(hash(names), hash(own), names, own)
    except TypeError:
        names, own = tuple(map(_scalars, names)), (tuple(map(_scalars, own[0])), own[1], *_scalars(own[2:]))
        return Texts(hash(names), hash(own), names, own)


def _messages(event: dict[str, Any]) -> tuple[str, ...]:
    """The message with its parameters, and the template they were filled into."""
    for source in message.SOURCES:
        if event.get(source) and (said := message.read(event)):
            return (said.text,) if said.text == said.template else (said.text, said.template)
    return ()


def _scalars(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(map(_scalar, values))


def _scalar(value: Any) -> Any:
    return text(value) if isinstance(value, list | dict) else value


def by_column(found: Texts) -> Iterator[tuple[str, str]]:
    """The texts with the column each belongs to, the most telling first: the newest frames, and paths of files last."""
    thrown, messages, url, transaction, culprit = found.own or ((), (), None, "", "")
    for kind, value, module in reversed(thrown):
        yield TYPES, _text(kind, LONGEST_NAME)
        yield OTHER, _text(value, LONGEST_TEXT)
        yield MODULES, _text(module, LONGEST_NAME)
    for one in messages:
        yield OTHER, one[:LONGEST_TEXT]
    yield URLS, _text(url, LONGEST_URL)
    yield URLS, transaction[:LONGEST_URL]
    yield OTHER, culprit[:LONGEST_NAME]
    newest = found.frames[::-1]
    for function, module, filename, _ in newest:
        yield FUNCTIONS, _text(function, LONGEST_NAME)
        yield MODULES, _text(module, LONGEST_NAME)
        yield FILES, _text(filename, LONGEST_NAME)
    for _, _, filename, path in newest:
        if path != filename:
            yield FILES, _text(path, LONGEST_NAME)


def of_tags(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The values of tags, as `by_column`."""
    for value in tags.values():
        yield OTHER, value


def _text(value: Any, longest: int) -> str:
    return (value if isinstance(value, str) else text(value))[:longest]
