"""What a request to a page or to the API may take: how large its body may be, where views that need more than others
say so, and which requests may not take all threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

#: For every view that says nothing: the largest ordinary form has a few kilobytes.
BODY_BYTES = 64 * 1024
#: Where passwords are checked or set, which takes a hash of some 20 ms, for anybody and one at a time.
_PASSWORDS = ("/accounts/", "/auth/", "/setup/", "/invitations/")
#: Where the provider is asked, which takes as long as it takes to answer.
_PROVIDER = "/accounts/oidc/"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """The largest body of a view, in bytes. With `may_send` larger ones than BODY_BYTES are kept on disk, not in memory, and only of those
    whose Authorization header `may_send` accepts: it is called in a thread that may use the database."""

    size: int = BODY_BYTES
    may_send: Callable[[str], bool] | None = None


_USUAL = BodyLimit()


def body_of_at_most(size: int, may_send: Callable[[str], bool] | None = None) -> Callable[[View], View]:
    """Decorator for a view that takes bodies of `size` bytes; BodyLimit says what `may_send` is. Decorators around it must use
    functools.wraps."""

    def mark(view: View) -> View:
        view.body_limit = BodyLimit(size, may_send)  # type: ignore[attr-defined]
        return view

    return mark


def body_limit(view: object) -> BodyLimit:
    """The largest body that `view` takes."""
    found = getattr(view, "body_limit", _USUAL)
    return found if isinstance(found, BodyLimit) else _USUAL


def may_take_long(method: str, path: str) -> bool:
    """Whether a request may have a password hashed, or wait for the provider. `path` is below PUBLIC_URL's own path."""
    return (method == "POST" and path.startswith(_PASSWORDS)) or path.startswith(_PROVIDER)
