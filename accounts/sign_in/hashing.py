"""Password hashes that cost little, one at a time in each process: docs/decisions/0015."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError

from rustrak.lib import problems

MAX_PASSWORD_LENGTH = 4096
WAIT_SECONDS = 3.0

Result = TypeVar("Result")

# One thread, so that one hash at a time needs memory. If each page thread computed its own, malloc would keep the memory
# of one hash for each of them.
_thread = ThreadPoolExecutor(1, thread_name_prefix="hash")


def _after_fork() -> None:
    global _thread
    _thread = ThreadPoolExecutor(1, thread_name_prefix="hash")


os.register_at_fork(after_in_child=_after_fork)


def _in_turn(compute: Callable[[], Result]) -> Result:
    """What `compute` returns, when no other hash is being computed. Raises problems.Unavailable after WAIT_SECONDS."""
    future = _thread.submit(compute)
    try:
        return future.result(WAIT_SECONDS)
    except TimeoutError:
        future.cancel()
        raise problems.Unavailable(
            "Too many people are signing in. Try again in a moment.", retry_after=2
        ) from None


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
        return _in_turn(lambda: super(Argon2, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Whether `password` is that of the hash `encoded`. One that is too long is not, and is not hashed."""
        if len(password) > MAX_PASSWORD_LENGTH:
            return False
        return _in_turn(lambda: bool(super(Argon2, self).verify(password, encoded)))


class MaximumLengthValidator:
    """Refuses new passwords that are longer than MAX_PASSWORD_LENGTH."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MAX_PASSWORD_LENGTH:
            raise ValidationError(
                f"This password is too long. It may have at most {MAX_PASSWORD_LENGTH:,} characters."
            )

    def get_help_text(self) -> str:
        return f"Your password may have at most {MAX_PASSWORD_LENGTH:,} characters."
