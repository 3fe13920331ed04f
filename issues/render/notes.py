"""The processing notes of an event in words: what reading it changed, and what its SDK removed before sending it.

In: `Event.notes` (issues.payload.notes) and the payload's `_meta`, a tree that mirrors the payload (docs/protocol.md,
"Event payload"). Out: visible text, not yet escaped. Nothing raises; a code that is not known is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from issues.payload.notes import ASIDE, What
from issues.privacy.ruleset import OWN
from issues.render.values import line, visible, whole_number
from rustrak.lib import wording

MOST = 100
OPEN = 10
_DEEPEST = 64
# At most this many nodes of `_meta` are read: it may be as large as the event.
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
    """The notes to list: the first OPEN and, folded, the rest. `count` includes those that were not stored.

    `user`, `sdk` and `attachments` belong beside these sections; `salvaged` says how much of a too large event is missing.
    """

    first: tuple[Remark, ...] = ()
    folded: tuple[Remark, ...] = ()
    count: int = 0
    user: str = ""
    sdk: str = ""
    attachments: str = ""
    salvaged: str = ""

    def __bool__(self) -> bool:
        return bool(self.count)


def remarks(notes: object, payload: dict[str, Any]) -> Remarks:
    """The remarks about the event with these stored `notes` and this `payload`."""
    # Replaced characters come last: there may be many, and they matter least.
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
        attachments=beside.get(What.NOT_KEPT, ""),
        salvaged=beside.get(What.SALVAGED, ""),
    )


def rows(notes: object) -> Iterator[tuple[str, str, str]]:
    """Field, code and detail of each well-formed note."""
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
    """The sentence for a note with this code and detail."""
    return _note("", what, detail)[1].text


def _fixed(sentence: str) -> Callable[[str], str]:
    return lambda detail: sentence


def _sent(sentence: str) -> Callable[[str], str]:
    """With the value that was sent, quoted."""
    return lambda detail: sentence.format(f"“{detail}”" if detail else "An empty value")


def _because(sentence: str) -> Callable[[str], str]:
    """With the reason behind it, which is a sentence."""
    return lambda detail: f"{sentence} ({detail.rstrip('.')})." if detail else f"{sentence}."


def _number(sentence: str) -> Callable[[str], str]:
    return lambda detail: sentence.format(_grouped(detail))


def _span(sentence: str) -> Callable[[str], str]:
    """With the number before and the number after."""

    def said(detail: str) -> str:
        before, _, after = detail.partition(" ")
        return sentence.format(_grouped(before), _grouped(after))

    return said


def _grouped(digits: str) -> str:
    number = whole_number(digits)
    return digits if number is None else f"{number:,}"


def _times(sentence: str) -> Callable[[str], str]:
    return lambda detail: sentence + ("" if detail in ("", "1") else f" ({_grouped(detail)} times)") + "."


def _sizes(sentence: str) -> Callable[[str], str]:
    """With numbers of bytes in place of the numbers."""

    def said(detail: str) -> str:
        return sentence.format(*(_size(part) for part in [*detail.split(" "), ""][:2]))

    return said


def _size(digits: str) -> str:
    number = whole_number(digits)
    return f"{digits} bytes".lstrip() if number is None or number < 0 else wording.size(number)


def _seconds(sentence: str) -> Callable[[str], str]:
    def said(detail: str) -> str:
        seconds = whole_number(detail)
        return sentence.format(f"{detail} s" if seconds is None else wording.duration(seconds))

    return said


def _drift(detail: str) -> str:
    seconds = whole_number(detail.lstrip("-"))
    if seconds is None:
        return "The client's clock was wrong; the time was corrected."
    way = "ahead" if detail.startswith("-") else "behind"
    return f"The client's clock was {wording.duration(seconds)} {way}; the time was corrected."


def _rule(detail: str) -> str:
    version, _, line = detail.partition(" ")
    return f"Line {_grouped(line)} of version {_grouped(version)} of the project's fingerprint rules decided where it belongs."


def _removed(detail: str) -> str:
    rule = detail.removeprefix(OWN)
    if rule != detail:
        return f"Removed before the event was stored, by the privacy rule “{rule}”."
    return f"Removed before the event was stored: {detail or 'a secret'}."


def _not_kept(detail: str) -> str:
    if detail == "little_space":
        return "Attachments of this event were not stored, because the server had too little free disk space."
    return (
        "Attachments of this event were not stored, because the project kept as many bytes of them as it may."
    )


_SENTENCES: dict[str, Callable[[str], str]] = {
    What.NUL: _times("A NUL character was replaced with \N{REPLACEMENT CHARACTER}"),
    What.SURROGATE: _times("Half a surrogate pair was replaced with \N{REPLACEMENT CHARACTER}"),
    What.INVALID_UTF8: _times("A byte that is not valid UTF-8 was replaced with \N{REPLACEMENT CHARACTER}"),
    What.NOT_A_NUMBER: _fixed("NaN and Infinity do not exist in JSON; the value was stored as text."),
    What.OUT_OF_RANGE: _fixed("The number is too large for JSON readers; it was stored as text."),
    What.LONG_INTEGER: _fixed("The integer has thousands of digits; it was stored as text."),
    What.TOO_DEEP: _fixed("The value is nested too deeply and was cut."),
    What.NOT_STANDARD: _fixed("The event is not standard JSON, but it could be read."),
    What.WRONG_TYPE: _sent("{} has a type that cannot be used here. It is shown as it was sent."),
    What.INVALID: _sent("{} is not valid and was not used."),
    What.CUT: _span("Cut from {} to {} characters."),
    What.BAD_EVENT_ID: _sent("{} is not a valid event ID; another one was used."),
    What.OTHER_EVENT_ID: _sent("{} is the ID in the event; the one in its envelope was used."),
    What.BAD_TIME: _sent("{} is not a valid time; the time of arrival was used."),
    What.CLOCK_DRIFT: _drift,
    What.IN_FUTURE: _seconds("The time is {} in the future; the time of arrival was used."),
    What.TOO_OLD: _sent("{} is more than 90 days ago; the time of arrival was used."),
    What.UNKNOWN_LEVEL: _sent("{} is not a known level; error was used."),
    What.NO_TAG: _sent("{} cannot be the value of a tag; the tag was left out."),
    What.TAG_RENAMED: _sent("The key is too long or blank; it was stored as {}."),
    What.TAG_REPEATED: _sent("{} was left out, because the tag was sent again with another value."),
    What.UNNAMED_TAG: _sent("{} was left out, because the tag has no key."),
    What.TAGS_NOT_COUNTED: _span("Of {} tags, {} are counted for the issue. The event has all of them."),
    What.UNKNOWN_VARIABLE: _sent("{} is not a variable that can be filled in; it was left as it is written."),
    What.PARAMS: _fixed("The parameters do not fit the message, which is shown as it was sent."),
    What.BAD_ADDRESS: _sent("{} is not an IP address."),
    What.CLIENT_ADDRESS: _number("The IP address was taken from the request that sent the event: {}."),
    What.NO_ADDRESS: _fixed(
        "The SDK asked for the client's IP address but does not allow to infer it; it was left out."
    ),
    What.NOT_KEPT: _not_kept,
    What.ENVELOPE_SDK: _number("The event does not name its SDK; its envelope does: {}."),
    What.SALVAGED: _sizes("The event was too large and was cut from {} to {}."),
    What.TOO_COSTLY: _fixed(
        "Processing the whole event took too long, so only what names it was stored: everything else is missing."
    ),
    What.DROPPED: _sizes("Left out because the event was too large: {}."),
    What.ENTRIES_CUT: _span("Of {} entries, {} were kept."),
    What.FRAMES_CUT: _span("Of {} frames, {} were kept."),
    What.VARIABLES_CUT: _number("The variables of {} frames were left out."),
    What.RULE: _rule,
    What.RULE_TITLE: _sent("A fingerprint rule gave it this title in place of {}."),
    What.RULE_LEVEL: _sent("A fingerprint rule gave it this level in place of {}."),
    What.NOT_MAPPED: _because(
        "Some frames could not be looked up in source maps or debug files when this event was stored, so title, culprit and grouping "
        "come from the frames as they were sent"
    ),
    What.REMOVED: _removed,
    What.MORE_REMOVED: _number("{} further values were removed by privacy rules."),
    What.SOURCE_CUT: _number("The source lines of {} frames were left out."),
}

# What an SDK's data scrubbing did. It replaces values with "[Filtered]", which removes them.
_RULES = {
    "a": "Marked",
    "x": "Removed",
    "s": "Removed",
    "m": "Masked",
    "p": "Pseudonymized",
    "e": "Encrypted",
}


def _of_sdk(meta: object) -> Iterator[Remark]:
    """A remark for every value that `_meta` mentions, in the order of the payload."""
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
    """What the SDK did to one value, by its node in `_meta`."""
    if not isinstance(mark, dict):
        return
    length = whole_number(mark.get("len"))
    tail = "" if length is None else f" Its original length was {length:,}."
    rules = mark.get("rem")
    for rule in rules[:5] if isinstance(rules, list) else ():
        if isinstance(rule, list) and rule:
            verb = _RULES.get(str(rule[1]) if len(rule) > 1 else "", "Changed")
            yield f"{verb} by the SDK{_named(rule[0])}.{tail}"
            tail = ""
    errors = mark.get("err")
    for error in errors[:5] if isinstance(errors, list) else ():
        kind = error[0] if isinstance(error, list) and error else error
        if isinstance(kind, str):
            yield f"The SDK reports: {visible(kind)[:80].replace('_', ' ')}.{tail}"
            tail = ""
    if tail:
        yield f"Cut by the SDK.{tail}"


def _named(rule: object) -> str:
    """The rule of a data scrubber; the names of an SDK's own settings begin with `!` and say nothing to people."""
    name = line(rule, 80)
    return "" if name.startswith("!") else f" (rule {name})"
