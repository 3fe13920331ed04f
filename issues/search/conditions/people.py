"""Conditions on the people whom events happened to."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from issues.models import IssuePerson, Person
from issues.payload import user
from issues.query.syntax import Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import belongs, matches
from rustrak.lib.text.folding import fold

#: A person has at most a few rows: as many projects. With more, as for an address that many share, the database joins them.
_LISTED = 1_000
#: The kinds of names by key, as issues.payload.user numbers them, with the columns of Person.
_KINDS = {
    "user.id": ("id",),
    "user.email": ("email",),
    "user.username": ("username",),
    "user.ip": ("ip",),
    "user": ("id", "email", "username", "ip"),
}
_COLUMNS = {"id": "user_id", "email": "email", "username": "username", "ip": "ip_address"}
_FOLDED = ("email", "username")


def of_people(key: str, search: Search, values: Sequence[Value]) -> Q:
    """Issues with an event of a person with one of these names.

    The directory knows what else a person was called; the number of a person needs no directory.
    """
    if key == "user" and (parts := _by_kind(values)):
        found = Q()
        for kind, own in parts.items():
            found |= of_people(kind, search, own)
        return found
    kinds = _KINDS[key]
    people = Person.objects.filter(_named(kinds, values), project__in=search.scope.keys()).order_by()
    numbers = {
        user.number(f"{kind}:{_address(kind, value.text)}")
        for value in values
        if not value.is_glob
        for kind in kinds
    }
    known = list(people.values_list("person", flat=True)[: _LISTED + 1])
    if len(known) <= _LISTED:
        return belongs(IssuePerson.objects.filter(person__in=sorted(numbers.union(known))))
    found = belongs(IssuePerson.objects.filter(person__in=people.values("person")))
    return found | belongs(IssuePerson.objects.filter(person__in=sorted(numbers))) if numbers else found


def _by_kind(values: Sequence[Value]) -> dict[str, list[Value]]:
    """The values by key, where Sentry's form `user:"id:7"` says what one of them is; else none."""
    found: dict[str, list[Value]] = {}
    for value in values:
        kind, colon, name = value.text.partition(":")
        key = f"user.{kind}"
        if colon and name and key in _KINDS:
            found.setdefault(key, []).append(
                Value(name, tuple(name.split("*")) if value.is_glob else (name,))
            )
        else:
            found.setdefault("user", []).append(value)
    return found if len(found) > 1 or "user" not in found else {}


def _named(kinds: Sequence[str], values: Sequence[Value]) -> Q:
    found = Q()
    for kind in kinds:
        column = _COLUMNS[kind]
        wanted = [_folded(value) if kind in _FOLDED else value for value in values]
        if kind == "ip":
            wanted = [_of_address(value) for value in values]
        matching = matches(column, wanted)
        # So that the index of those who have one is used.
        found |= matching & ~Q(**{column: ""})
    return found


def _folded(value: Value) -> Value:
    return _changed(value, fold)


def _of_address(value: Value) -> Value:
    return value if value.is_glob else _changed(value, lambda text: _address("ip", text))


def _changed(value: Value, change: Any) -> Value:
    return Value(
        change(value.text), tuple(change(piece) for piece in value.pieces), value.is_quoted, value.operator
    )


def _address(kind: str, name: str) -> str:
    """An address as it is stored: of IPv6 there are many forms."""
    if kind != "ip":
        return name
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name
