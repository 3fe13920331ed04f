"""Who a person of a project is, and what names them.

A person is a number (issues.payload.user). The same person may have several: with an account and without one. Those with the same
e-mail address are taken to be one person; a user name or an IP address may be those of several people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.models import Project
from issues.models import IssuePerson, Person
from issues.payload.user import Identity
from issues.people import met
from issues.sessions.sent_session import person_number

#: What stands in the place of a name in the title of an issue.
FORGOTTEN = "[forgotten]"
# The columns of Person, and what the values are called in tags: `id:8812`.
_COLUMNS = {"user_id": "id", "email": "email", "username": "username", "ip_address": "ip"}
# Shorter names are not looked for inside of texts, and still shorter ones not as the value of a tag: they are numbers and common words.
_TELLING, _EXACT = 5, 3


@dataclass(frozen=True)
class Whom:
    """`numbers` are all numbers of one person, `names` what names them: pairs of a key of tags and a value."""

    numbers: frozenset[int]
    names: tuple[tuple[str, str], ...]

    @cached_property
    def emails(self) -> frozenset[str]:
        """Folded, as identities have them."""
        return frozenset(value for kind, value in self.names if kind == "email")

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(value for kind, value in self.names if kind == "ip")

    @cached_property
    def session_numbers(self) -> list[int]:
        """What SessionPerson may have of them: SDKs send one of the names."""
        return sorted({person_number(value) for _, value in self.names})

    @cached_property
    def _exact(self) -> frozenset[str]:
        found = {value.casefold() for _, value in self.names if len(value) >= _EXACT}
        return frozenset(found | {f"{kind}:{value}".casefold() for kind, value in self.names})

    @cached_property
    def _inside(self) -> re.Pattern[str] | None:
        telling = sorted({value for _, value in self.names if len(value) >= _TELLING}, key=len, reverse=True)
        if not telling:
            return None
        either = "|".join(map(re.escape, telling))
        return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)

    def is_whose(self, identity: Identity | None) -> bool:
        """Whether this is the person of an event."""
        return identity is not None and (identity.number in self.numbers or identity.email in self.emails)

    def is_value(self, value: str) -> bool:
        """Whether the value of a tag names the person."""
        return value.casefold() in self._exact or (
            self._inside is not None and bool(self._inside.search(value))
        )

    def without(self, text: str) -> str:
        """The text with FORGOTTEN in the place of names."""
        return text if self._inside is None else self._inside.sub(FORGOTTEN, text)


def find(project: Project, number: int) -> Whom | None:
    """The person with this number; None if the project has never met one, or nothing is left of them."""
    own = Person.objects.filter(project=project, person=number).first()
    if own is None:
        known = IssuePerson.objects.filter(person=number, grouping__project=project).exists()
        return Whom(frozenset({number}), ()) if known else None
    rows = [own]
    if own.email:
        rows += Person.objects.filter(project=project, email=own.email).exclude(pk=own.pk).order_by("pk")
    return Whom(frozenset(row.person for row in rows), tuple(dict.fromkeys(_names(rows))))


def stored(people: Sequence[Any], names: Sequence[Any]) -> Whom:
    """As the row of a job has it."""
    return Whom(frozenset(map(int, people)), tuple((str(kind), str(value)) for kind, value in names))


def called(project: Project, number: int) -> str:
    """What one types to confirm that this person is meant: the most telling name, or the number of somebody without one."""
    known = met.known(project, number)
    return (met.shown(known) if known else "") or str(number)


def named(project: Project, name: str) -> list[int]:
    """The numbers of the people of whom this is the id, the e-mail address, the user name, the IP address, or the number itself."""
    rows = Person.objects.filter(project=project)
    found: dict[int, None] = {}
    for column in _COLUMNS:
        folded = name.casefold() if column in {"email", "username"} else name
        found |= dict.fromkeys(rows.filter(**{column: folded}).values_list("person", flat=True)[:100])
    if not found and re.fullmatch(r"-?[0-9]{1,19}", name):
        found[int(name)] = None
    return list(found)


def _names(rows: Iterable[Person]) -> Iterable[tuple[str, str]]:
    for row in rows:
        for column, kind in _COLUMNS.items():
            if value := getattr(row, column):
                yield kind, value
