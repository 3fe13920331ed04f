"""How a release differs from the one before it, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issues.pages.releases.health import Health
from issues.releases.listing import IssueCounts
from rustrak.lib import wording


@dataclass(frozen=True)
class Compared:
    """One number of both releases. `words` says how this release differs, to be followed by “than” the other one's name where `is_other`."""

    name: str
    own: str
    before: str
    words: str
    is_other: bool


def compared(
    own: Health, before: Health, shares: Sequence[str], issues: IssueCounts, issues_before: IssueCounts
) -> list[Compared]:
    """`shares` are the adoption of both. Numbers that neither has are left out."""
    rows = []
    if own.sessions or before.sessions:
        rows.append(
            _rate("Crash-free sessions", (own.crashed, own.sessions), (before.crashed, before.sessions))
        )
    if own.people or before.people:
        rows.append(
            _rate(
                "Crash-free users", (own.people_crashed, own.people), (before.people_crashed, before.people)
            )
        )
    if own.sessions or before.sessions:
        rows.append(Compared("Adoption", shares[0], shares[1], "", False))
    for name in ("new", "regressed", "resolved"):
        one, other = getattr(issues, name), getattr(issues_before, name)
        rows.append(_count(f"{name.capitalize()} issues", one, other))
    return rows


def _rate(name: str, own: tuple[int, int], before: tuple[int, int]) -> Compared:
    one, other = wording.percent_without(*own), wording.percent_without(*before)
    if not own[1] or not before[1]:
        return Compared(name, one, other, "", False)
    # Of what is shown, so that readers who subtract find the same.
    hundredths = round(100 * (float(one[:-1]) - float(other[:-1])))
    if hundredths == 0:
        return Compared(name, one, other, "the same", False)
    size = f"{abs(hundredths) / 100:g}"
    noun = "point" if size == "1" else "points"
    return Compared(name, one, other, f"{size} {noun} {'higher' if hundredths > 0 else 'lower'}", True)


def _count(name: str, own: int, before: int) -> Compared:
    if own == before:
        return Compared(name, wording.number(own), wording.number(before), "the same", False)
    words = f"{wording.number(abs(own - before))} {'more' if own > before else 'fewer'}"
    return Compared(name, wording.number(own), wording.number(before), words, True)
