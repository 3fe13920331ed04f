"""What is said about an event on its page: what reading it changed, and what its SDK removed before sending it.

In: `Event.notes` (issues.payload.notes) and the payload's `_meta`. Out: visible text, not yet escaped. Nothing raises;
a code that is not known, from a newer version or an older one, is shown as it is. `_meta` is a tree that mirrors the
payload: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from issues.payload.notes import ASIDE, What
from issues.render.values import line, visible, whole_number

MOST = 100
OPEN = 10
_DEEPEST = 64
# Nodes of `_meta` that are looked at: it may be as large as the event.
_MOST_NODES = 20_000


_ORDER = {
    What.SALVAGED.value: -1,
    What.NUL.value: 1,
    What.SURROGATE.value: 1,
    What.INVALID_UTF8.value: 1,
    What.MORE.value: 2,
}


@dataclass(frozen=True)
class Remark:
    """`field` is a path, empty for the event as a whole; `text` a sentence."""

    field: str
    text: str


@dataclass(frozen=True)
class Remarks:
    """What is listed, the first OPEN of it and the rest, and what belongs beside the user and the SDK.

    `count` is of all there are, also of those that were not kept. `salvaged` says how much of the event is missing.
    """

    first: tuple[Remark, ...] = ()
    folded: tuple[Remark, ...] = ()
    count: int = 0
    user: str = ""
    sdk: str = ""
    salvaged: str = ""

    def __bool__(self) -> bool:
        return bool(self.count)


def remarks(notes: object, payload: dict[str, Any]) -> Remarks:
    """All that there is to say about the event with these `notes` and this `payload`."""
    # Odd characters, of which there may be many, are the least of it.
    own = [_note(*read) for read in sorted(rows(notes), key=lambda read: _ORDER.get(read[1], 0))]
    beside = {what: remark.text for what, remark, _ in own if what in {*ASIDE, What.SALVAGED}}
    said = [(remark, times) for what, remark, times in own if what not in ASIDE]
    said += [(remark, 1) for remark in _of_sdk(payload.get("_meta"))]
    listed = tuple(remark for remark, _ in said)
    return Remarks(
        first=listed[:OPEN],
        folded=listed[OPEN:],
        count=sum(times for _, times in said),
        user=beside.get(What.CLIENT_ADDRESS, ""),
        sdk=beside.get(What.ENVELOPE_SDK, ""),
        salvaged=beside.get(What.SALVAGED, ""),
    )


def rows(notes: object) -> Iterator[tuple[str, str, str]]:
    """Field, code and detail of each note that is one."""
    for row in notes if isinstance(notes, list) else ():
        if isinstance(row, list) and len(row) >= 2:
            field, what, *detail = row
            yield line(field, 300), line(what, 64), line(detail[0] if detail else "", 300)


def _note(field: str, what: str, detail: str) -> tuple[str, Remark, int]:
    if what == What.MORE:
        more = whole_number(detail) or 0
        return what, Remark("", f"And {more:,} more, which were not kept."), more
    if words := _SENTENCES.get(what):
        return what, Remark(field, words(detail)), 1
    return what, Remark(field, f"{what} {detail}".strip()), 1


def sentence(what: str, detail: str) -> str:
    """A note in words."""
    return _note("", what, detail)[1].text


def _fixed(sentence: str) -> Callable[[str], str]:
    return lambda detail: sentence


def _sent(sentence: str) -> Callable[[str], str]:
    """With the value that was sent in its place."""
    return lambda detail: sentence.format(f"“{detail}”" if detail else "It")


def _number(sentence: str) -> Callable[[str], str]:
    return lambda detail: sentence.format(_grouped(detail))


def _span(sentence: str) -> Callable[[str], str]:
    """With a number before and one after."""

    def said(detail: str) -> str:
        before, _, after = detail.partition(" ")
        return sentence.format(_grouped(before), _grouped(after))

    return said


def _grouped(digits: str) -> str:
    number = whole_number(digits)
    return digits if number is None else f"{number:,}"


def _times(sentence: str) -> Callable[[str], str]:
    return lambda detail: sentence + ("" if detail in ("", "1") else f" ({_grouped(detail)} times)") + "."


def _drift(detail: str) -> str:
    seconds = whole_number(detail.lstrip("-"))
    if seconds is None:
        return "The client's clock was off; the time was corrected."
    span = f"{seconds:,} s" if seconds < 7200 else f"{seconds / 3600:,.1f} hours"
    way = "ahead" if detail.startswith("-") else "behind"
    return f"The client's clock was {span} {way}; the time was corrected."


_SENTENCES: dict[str, Callable[[str], str]] = {
    What.NUL: _times("A NUL character was replaced with \N{REPLACEMENT CHARACTER}"),
    What.SURROGATE: _times("Half a surrogate pair was replaced with \N{REPLACEMENT CHARACTER}"),
    What.INVALID_UTF8: _times("A byte that is no UTF-8 was replaced with \N{REPLACEMENT CHARACTER}"),
    What.NOT_A_NUMBER: _fixed("NaN or Infinity, which JSON has no word for, became text."),
    What.OUT_OF_RANGE: _fixed("A number out of range became text."),
    What.LONG_INTEGER: _fixed("An integer of thousands of digits became text."),
    What.TOO_DEEP: _fixed("Was nested too deeply and was cut."),
    What.NOT_STANDARD: _fixed("The JSON was not quite standard and was read all the same."),
    What.WRONG_TYPE: _sent("{} is of a type that cannot be used here. It is shown as it came."),
    What.INVALID: _sent("{} is not valid and was not used."),
    What.CUT: _span("Cut from {} to {} characters."),
    What.BAD_EVENT_ID: _sent("{} is no event id."),
    What.OTHER_EVENT_ID: _sent("{} was sent as well; the envelope's id was used."),
    What.BAD_TIME: _sent("{} is no time that can be read; the time of arrival was used."),
    What.CLOCK_DRIFT: _drift,
    What.IN_FUTURE: _number("{} s in the future; the time of arrival was used."),
    What.TOO_OLD: _sent("{} is more than 90 days ago; the time of arrival was used."),
    What.UNKNOWN_LEVEL: _sent("{} is no known level; taken as error."),
    What.NO_TAG: _sent("{} cannot be a tag's value; the tag was left out."),
    What.TAG_RENAMED: _sent("Has characters that a tag's key may not have; became {}."),
    What.PARAMS: _fixed("Parameters and message do not fit together; the message is shown as it was sent."),
    What.BAD_ADDRESS: _sent("{} is no IP address."),
    What.CLIENT_ADDRESS: _number("The address the event came from is {}."),
    What.NO_ADDRESS: _fixed(
        "The SDK asked for the client's address and forbade to infer it; it was left out."
    ),
    What.ENVELOPE_SDK: _number("The event names no SDK; its envelope names {}."),
    What.SALVAGED: _span("The event was too large and was cut from {} to {} bytes."),
    What.SHRUNK: _span("Cut from {} to {} bytes."),
    What.DROPPED: _number("Left out: {} bytes."),
    What.ENTRIES_CUT: _span("Of {} entries {} were kept."),
    What.FRAMES_CUT: _span("Of {} frames {} were kept."),
    What.VARIABLES_CUT: _number("Variables were left out of {} frames."),
    What.SOURCE_CUT: _number("Source lines were left out of {} frames."),
}

_RULES = {
    "a": "Marked",
    "x": "Removed",
    "s": "Replaced",
    "m": "Masked",
    "p": "Pseudonymised",
    "e": "Encrypted",
}


def _of_sdk(meta: object) -> Iterator[Remark]:
    """What `_meta` says, in the order of the payload."""
    found = 0
    nodes = 0
    waiting: list[tuple[object, tuple[str, ...]]] = [(meta, ())]
    while waiting and nodes < _MOST_NODES:
        node, keys = waiting.pop()
        nodes += 1
        if not isinstance(node, dict):
            continue
        for text in sentences(node.get("")):
            yield Remark(".".join(keys), text)
            found += 1
            if found >= MOST:
                return
        if len(keys) < _DEEPEST:
            inner = [(child, (*keys, line(key, 80))) for key, child in list(node.items())[:1000] if key]
            waiting += reversed(inner)


def sentences(mark: object) -> Iterator[str]:
    """What was done to one value."""
    if not isinstance(mark, dict):
        return
    length = whole_number(mark.get("len"))
    tail = "" if length is None else f" Originally {length:,} long."
    rules = mark.get("rem")
    for rule in rules[:5] if isinstance(rules, list) else ():
        if isinstance(rule, list) and rule:
            verb = _RULES.get(str(rule[1]) if len(rule) > 1 else "", "Changed")
            yield f"{verb} by the SDK (rule {line(rule[0], 80)}).{tail}"
            tail = ""
    errors = mark.get("err")
    for error in errors[:5] if isinstance(errors, list) else ():
        kind = error[0] if isinstance(error, list) and error else error
        if isinstance(kind, str):
            yield f"The SDK says: {visible(kind)[:80].replace('_', ' ')}.{tail}"
            tail = ""
    if tail:
        yield f"Cut by the SDK.{tail}"
