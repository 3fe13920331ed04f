"""Versions of what two people may edit at the same time: `ETag` of an answer, `If-Match` of a change.

Whoever sends back the ETag that they have seen changes nothing that somebody else has changed since.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.http import parse_etags
from pydantic import BaseModel

from rustrak.lib import problems

Operation = Callable[..., Any]

CHANGED = "Somebody has changed this since you read it. Read it again, then repeat your change."


class Versioned:
    """What the answers of one kind of thing say of its version: all of them but the fields `without`, which change by themselves."""

    def __init__(self, *without: str) -> None:
        self._without = set(without)

    def tag(self, shown: BaseModel) -> str:
        """The ETag, with its quotes."""
        text = shown.model_dump_json(exclude=self._without)
        return f'"{sha256(text.encode()).hexdigest()[:32]}"'

    def shown(self, read: Operation) -> Operation:
        """The operation `read`, whose answer has an ETag. To be used below the decorator of the router."""

        def tagged(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return self._noted(request, read(request, *args, **kwargs))

        return _like(read, tagged, "shown")

    def guarded(self, read: Operation) -> Callable[[Operation], Operation]:
        """An operation that changes what `read` returns, or nothing and raises PreconditionFailed if `If-Match` names another version.

        Of several that send an If-Match only one changes at a time. Without an If-Match it changes whatever is there.
        """
        names = [name for name in inspect.signature(read).parameters if name != "request"]

        def decorate(change: Operation) -> Operation:
            def guarded(request: HttpRequest, **kwargs: Any) -> Any:
                wanted = request.headers.get("If-Match")
                if wanted is None:
                    return self._noted(request, change(request, **kwargs))
                with transaction.atomic():
                    _lock(request.path_info)
                    current = self.tag(read(request, **{name: kwargs[name] for name in names}))
                    if wanted.strip() != "*" and current not in parse_etags(wanted):
                        raise problems.PreconditionFailed(CHANGED)
                    return self._noted(request, change(request, **kwargs))

            return _like(change, guarded, "guarded")

        return decorate

    def _noted(self, request: HttpRequest, answer: Any) -> Any:
        if isinstance(answer, BaseModel):
            vars(request)["etag"] = self.tag(answer)
        return answer


def _like(operation: Operation, wrapper: Operation, how: str) -> Operation:
    """`wrapper` with the signature of `operation`, as ninja reads it, and a mark for the description."""
    wrapped = wraps(operation)(wrapper)
    wrapped.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
    wrapped.versioned = how  # type: ignore[attr-defined]
    return wrapped


def _lock(path: str) -> None:
    """Wait for others who change this address with an If-Match. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        number = int.from_bytes(sha256(f"etag {path.rstrip('/')}".encode()).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
