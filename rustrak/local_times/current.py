"""The style of whoever reads the page that is being made. UTC where nobody is known to read: in commands, in the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rustrak.local_times.style import Style

_UTC = Style()
_find: ContextVar[Callable[[], Style] | None] = ContextVar("local_times", default=None)


def style() -> Style:
    """The style of the reader."""
    find = _find.get()
    return _UTC if find is None else find()


@contextmanager
def shown_as(find: Callable[[], Style]) -> Iterator[None]:
    """Within it `style()` is what `find` returns. It is asked at the first time that is shown, and once."""
    known: list[Style] = []

    def ask() -> Style:
        if not known:
            known.append(find())
        return known[0]

    token = _find.set(ask)
    try:
        yield
    finally:
        _find.reset(token)
