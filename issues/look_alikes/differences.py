"""What differs between issues that look alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from issues.models import Grouping, Issue

#: Characters of a key that are compared and shown.
KEY_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of the issues, which differs between them: what each of them has, in their order; empty where it has none."""

    name: str
    texts: Sequence[str]


def differences(issues: Sequence[Issue]) -> list[Difference]:
    """What is not the same in all of these issues of one project, as it was sent. One query."""
    keys: dict[object, list[str]] = {}
    rows = Grouping.objects.filter(issue__in=[issue.pk for issue in issues]).order_by("pk")
    for issue, key in rows.values_list("issue", "key")[: 50 * max(1, len(issues))]:
        keys.setdefault(issue, []).append(key[:KEY_LENGTH])
    parts: list[tuple[str, Callable[[Issue], str]]] = [
        ("type", lambda issue: issue.type),
        ("message", lambda issue: issue.value if issue.type else issue.title),
        ("culprit", lambda issue: issue.culprit),
        ("platform", lambda issue: issue.platform),
        ("level", lambda issue: issue.get_level_display()),
        ("releases", _releases),
        ("environments", lambda issue: _range(issue.first_environment, issue.last_environment)),
        ("key", lambda issue: _first(keys.get(issue.pk, []))),
    ]
    found = [Difference(name, [text(issue) for issue in issues]) for name, text in parts]
    return [each for each in found if len(set(each.texts)) > 1]


def _releases(issue: Issue) -> str:
    return _range(issue.first_release, issue.last_release)


def _range(first: str, last: str) -> str:
    """What it was first and last seen in."""
    return f"{first} – {last}" if first and last and first != last else first or last


def _first(keys: Sequence[str]) -> str:
    if not keys:
        return ""
    return keys[0] if len(keys) == 1 else f"{keys[0]} (and {len(keys) - 1} more)"
