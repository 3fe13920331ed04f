"""What a request to a page or to the API may take: how large its body may be, where views that need more than others
say so, and which requests may not take all threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

#: For every view that says nothing: the largest ordinary form has a few kilobytes.
BODY_BYTES = 64 * 1024
#: Where passwords are checked or set, which takes a hash of some 20 ms, for anybody and one at a time.
_PASSWORDS = ("/accounts/", "/auth/", "/setup/")

View = TypeVar("View", bound=Callable[..., Any])


def body_of_at_most(size: int) -> Callable[[View], View]:
    """Decorator for a view that takes bodies of `size` bytes. Decorators around it must use functools.wraps."""

    def mark(view: View) -> View:
        view.body_bytes = size  # type: ignore[attr-defined]
        return view

    return mark


def body_bytes(view: object) -> int:
    """The largest body that `view` takes, in bytes."""
    size = getattr(view, "body_bytes", BODY_BYTES)
    return size if isinstance(size, int) else BODY_BYTES


def may_hash(method: str, path: str) -> bool:
    """Whether a request may have a password hashed. `path` is below PUBLIC_URL's own path."""
    return method == "POST" and path.startswith(_PASSWORDS)
