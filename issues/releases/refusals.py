"""What is refused of a release, as the APIs answer it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from issues.releases import rows, tools
from rustrak.lib import problems


@contextmanager
def as_problems() -> Iterator[None]:
    """Answer what is in use with 409, and what is not possible with 400, each with the sentence that says what is wrong."""
    try:
        yield
    except tools.InUse as in_use:
        raise problems.Conflict(str(in_use)) from None
    except rows.BadRelease as bad:
        raise problems.BadInput(str(bad)) from None
