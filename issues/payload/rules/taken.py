"""The rule that took a stored event, as the notes of the event name it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from issues.payload.notes import What
from issues.payload.rules.matching import compiled
from issues.payload.rules.parsing import lines


@dataclass(frozen=True, slots=True)
class Taken:
    """A rule: the version of the rules, its line, and the text of this line.

    `fingerprint` is what it gives to an event; None when it leaves the key alone.
    """

    version: int
    line: int
    text: str
    fingerprint: tuple[str, ...] | None


def named_in(notes: object) -> tuple[int, int] | None:
    """Version and line of the rule that an event's notes name; None without one."""
    for note in notes if isinstance(notes, list) else ():
        if isinstance(note, list) and len(note) == 3 and note[1] == What.RULE.value:
            numbers = str(note[2]).split()
            if len(numbers) == 2 and all(number.isdecimal() and len(number) < 10 for number in numbers):
                return int(numbers[0]), int(numbers[1])
    return None


def find(text: str, version: int, line: int) -> Taken | None:
    """The rule in this line of the rules' text; None where there is none."""
    for rule in compiled(text, version).rules:
        if rule.line == line:
            return Taken(version, line, lines(text)[line - 1], rule.fingerprint)
    return None
