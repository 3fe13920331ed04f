"""The texts of an event by which its issue is found. Pure; bounded by what strangers may send.

Runs for every event, so it only gathers what was sent, as tuples with a hash: what an issue has already is recognised by
the hash. `own_by_column` and `frames_by_column` make texts of them for what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from issues.payload import message
from issues.payload.access import entries, interface, text
from issues.payload.stack import frames as frames_of

#: Of one event: frames of all stacks together, stacks, exceptions; the newest of each.
MOST_FRAMES, MOST_STACKS, MOST_EXCEPTIONS = 300, 50, 50
#: In characters, from the beginning of names (of types, functions, files, modules), of addresses, and of other texts.
LONGEST_NAME, LONGEST_URL, LONGEST_TEXT = 200, 500, 2000

#: The columns of IssueText, and for values of tags, which share the column `other`.
TYPES, FUNCTIONS, FILES, MODULES, URLS, OTHER = COLUMNS = (
    "types", "functions", "files", "modules", "urls", "other",
)  # fmt: skip
TAGS = "tags"
_FRAME = ("function", "module", "filename", "abs_path")
_EXCEPTION = ("type", "value", "module")


class Texts(NamedTuple):
    """Values as they were sent, of any JSON type but arrays and objects. Hashes are equal for equal texts, in one process.

    `frames`: function, module, filename and abs_path of each frame; `own`: type, value and module of each exception, then
    messages, URL, transaction and culprit, which are no part of the exceptions: `exceptions` is how many there are. Flat, because
    the garbage collector looks at each tuple.
    """

    frames_hash: int
    own_hash: int
    frames: tuple[Any, ...]
    own: tuple[Any, ...]
    exceptions: int


NOTHING = Texts(hash(()), hash(()), (), (), 0)


def texts(event: dict[str, Any], transaction: str, culprit: str) -> Texts:
    """The texts of `event`, except those of its tags. `transaction` and `culprit` are those of the Occurrence."""
    try:
        return _usual(event, transaction, culprit)
    except (LookupError, TypeError, ValueError, AttributeError):
        return _any(event, transaction, culprit)


_names = itemgetter(*_FRAME)


def _get(get: Callable[[str], Any]) -> tuple[Any, ...]:
    return get("function"), get("module"), get("filename"), get("abs_path")


def _usual(event: dict[str, Any], transaction: str, culprit: str) -> Texts:
    """What `_any` returns too, in half the time, for events as nearly all are; raises one of several errors for others."""
    thrown = event["exception"]["values"]
    if "threads" in event or "stacktrace" in event or len(thrown) > MOST_EXCEPTIONS:
        raise LookupError
    own: list[Any] = []
    if len(thrown) == 1:
        frames = thrown[0]["stacktrace"]["frames"]
    else:
        frames = []
        for one in thrown:
            frames += one["stacktrace"]["frames"]
    if len(frames) > MOST_FRAMES:
        frames = frames[-MOST_FRAMES:]
    first = frames[0]
    if "abs_path" in first and "module" in first:
        names = tuple(chain.from_iterable(map(_names, frames)))
    else:
        names = tuple(chain.from_iterable([_get(frame.get) for frame in frames]))
    for one in thrown:
        own += (one["type"], one["value"], one.get("module"))
    own += _messages(event)
    own += (event["request"].get("url") if "request" in event else None, transaction, culprit)
    flat, key = tuple(own), hash(names)
    return Texts(key, hash(flat), _shared(key, names), flat, len(thrown))


# The stacks of the latest events, by their hashes: events that wait to be stored share them instead of keeping their own.
_stacks: dict[int, tuple[Any, ...]] = {}
_MOST_STACKS_SHARED, _MOST_VALUES_SHARED, _MOST_CHARACTERS_SHARED = 500, 400, 8192


def _shared(key: int, names: tuple[Any, ...]) -> tuple[Any, ...]:
    known = _stacks.get(key)
    if known is not None:
        return known
    if len(names) <= _MOST_VALUES_SHARED and sum(map(len, filter(None, names))) <= _MOST_CHARACTERS_SHARED:
        if len(_stacks) >= _MOST_STACKS_SHARED:
            _stacks.clear()
        _stacks[key] = names
    return names


def _any(event: dict[str, Any], transaction: str, culprit: str) -> Texts:
    part = interface(event, "exception")
    thrown = entries(part)[-MOST_EXCEPTIONS:]
    holders = [*thrown, part, event, *entries(event.get("threads"))[:MOST_STACKS]]
    stacks = [found for holder in holders if (found := frames_of(holder))][-MOST_STACKS:]
    frames = [frame for stack in stacks for frame in stack[-MOST_FRAMES:]][-MOST_FRAMES:]
    request = interface(event, "request")
    names = tuple([get(name) for frame in frames for get in (frame.get,) for name in _FRAME])
    own = (
        *[one.get(name) for one in thrown for name in _EXCEPTION],
        *_messages(event),
        request.get("url") if isinstance(request, dict) else None,
        transaction,
        culprit,
    )
    try:
        return Texts(hash(names), hash(own), names, own, len(thrown))
    except TypeError:
        # To write them down takes long, and there are hundreds of frames.
        names = tuple([None if isinstance(name, list | dict) else name for name in names])
        own = tuple(map(_scalar, own))
        return Texts(hash(names), hash(own), names, own, len(thrown))


def _messages(event: dict[str, Any]) -> tuple[str, ...]:
    """The message with its parameters, and the template they were filled into."""
    for source in message.SOURCES:
        if event.get(source) and (said := message.read(event)):
            return (said.text,) if said.text == said.template else (said.text, said.template)
    return ()


def _scalar(value: Any) -> Any:
    return text(value) if isinstance(value, list | dict) else value


def own_by_column(found: Texts) -> Iterator[tuple[str, str]]:
    """The texts without those of frames, each with its column, the most telling first."""
    if not found.own:
        return
    own = found.own
    rest = 3 * found.exceptions
    for index in range(rest - 3, -1, -3):
        yield TYPES, _text(own[index], LONGEST_NAME)
        yield OTHER, _text(own[index + 1], LONGEST_TEXT)
        yield MODULES, _text(own[index + 2], LONGEST_NAME)
    *messages, url, transaction, culprit = own[rest:]
    for one in messages:
        yield OTHER, one[:LONGEST_TEXT]
    yield URLS, _text(url, LONGEST_URL)
    yield URLS, transaction[:LONGEST_URL]
    yield OTHER, culprit[:LONGEST_NAME]


def frames_by_column(found: Texts) -> Iterator[tuple[str, str]]:
    """The texts of frames, each with its column: the newest frames first, whole paths last."""
    frames = found.frames
    newest_first = range(len(frames) - 4, -1, -4)
    for index in newest_first:
        yield FUNCTIONS, _text(frames[index], LONGEST_NAME)
        yield MODULES, _text(frames[index + 1], LONGEST_NAME)
        yield FILES, _text(frames[index + 2], LONGEST_NAME)
    for index in newest_first:
        if frames[index + 3] != frames[index + 2]:
            yield FILES, _text(frames[index + 3], LONGEST_NAME)


def _text(value: Any, longest: int) -> str:
    return (value if isinstance(value, str) else text(value))[:longest]
