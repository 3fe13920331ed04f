"""Who acts now: found once for all changes, so that no caller can name somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from allauth.core import context
from django.http import HttpRequest

from accounts.models import ApiToken, AuditEntry, User

#: The key of `request.META` with the ApiToken that the request came with. accounts.credentials sets it.
TOKEN = "rustrak.token"  # noqa: S105  the name of a key
Kind = AuditEntry.Kind

_command: ContextVar[str] = ContextVar("command", default="")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who or what made a change. `id` is the person's; `ip` the address of the client, empty without a request."""

    kind: AuditEntry.Kind
    id: int | None
    name: str
    token: str = ""
    ip: str = ""


@contextmanager
def by_command(name: str) -> Iterator[None]:
    """A context in which the command `manage.py <name>` makes all changes."""
    token = _command.set(name)
    try:
        yield
    finally:
        _command.reset(token)


def actor(by: User | None = None) -> Actor:
    """Who acts: `by`, or the person or token of the request that is being answered, a visitor, a command, or Rustrak itself.

    `by` is for those who are not signed in yet, as with a link from a mail, and for work that a person left to the background.
    """
    request: HttpRequest | None = context.request
    ip = str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""
    token = request.META.get(TOKEN) if request is not None else None
    person = by or (getattr(request, "user", None) if request is not None else None)
    if isinstance(person, User):
        if isinstance(token, ApiToken) and token.user_id == person.pk:
            return Actor(Kind.TOKEN, person.pk, person.email, str(token), ip)
        return Actor(Kind.PERSON, person.pk, person.email, ip=ip)
    if request is not None:
        return Actor(Kind.VISITOR, None, "a visitor", ip=ip)
    if command := _command.get():
        return Actor(Kind.COMMAND, None, f"manage.py {command}")
    return Actor(Kind.RUSTRAK, None, "Rustrak")
