"""Password hashes that cost little, one at a time in each process: docs/decisions/0015."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError

from rustrak.lib import problems

MAX_PASSWORD_LENGTH = 4096
HASHES_AT_ONCE = 1
WAIT_SECONDS = 3.0

_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other thread computes a hash. Raises problems.Unavailable after WAIT_SECONDS."""
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise problems.Unavailable("Too many people are signing in. Try again in a moment.", retry_after=2)
    try:
        yield
    finally:
        _turns.release()


class Argon2(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP recommends: 19 MiB, two passes, one lane; about 20 ms.

    Source: OWASP Password Storage Cheat Sheet. Hashes with other parameters stay valid, and are replaced when their
    user signs in. Hashing raises problems.Unavailable when its turn does not come.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """The hash of `password`. Raises ValueError when it is longer than MAX_PASSWORD_LENGTH."""
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValueError(f"a password has at most {MAX_PASSWORD_LENGTH} characters")
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Whether `password` is that of the hash `encoded`. One that is too long is not, and is not hashed."""
        if len(password) > MAX_PASSWORD_LENGTH:
            return False
        with _turn():
            return bool(super().verify(password, encoded))


class MaximumLengthValidator:
    """Refuses new passwords that are longer than MAX_PASSWORD_LENGTH."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValidationError(f"This password is too long. It may have {MAX_PASSWORD_LENGTH} characters.")

    def get_help_text(self) -> str:
        return f"Your password may have at most {MAX_PASSWORD_LENGTH} characters."
