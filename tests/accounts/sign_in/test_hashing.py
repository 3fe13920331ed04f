from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.core.exceptions import ValidationError

from accounts.sign_in import hashing
from rustrak.lib import problems


@pytest.fixture(autouse=True)
def _real_hashes(settings) -> None:
    settings.PASSWORD_HASHERS = ["accounts.sign_in.hashing.Argon2"]


def test_a_hash_has_the_recommended_parameters() -> None:
    assert make_password("secret").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_with_other_parameters_is_valid_and_replaced() -> None:
    old = Argon2PasswordHasher().encode("secret", "s" * 22)
    replaced: list[str] = []
    assert check_password("secret", old, replaced.append)
    assert replaced == ["secret"]
    assert not check_password("wrong", old)


def test_hashes_are_computed_one_at_a_time() -> None:
    at_once, most = 0, 0
    lock = threading.Lock()

    def encode(self, password: str, salt: str) -> str:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1
        return "argon2$"

    with mock.patch.object(Argon2PasswordHasher, "encode", encode), ThreadPoolExecutor(8) as crowd:
        list(crowd.map(make_password, ["x"] * 16))
    assert most == 1


def test_who_waits_for_too_long_is_told_when_to_come_again() -> None:
    encoded = make_password("secret")
    release = threading.Event()
    busy = hashing._thread.submit(release.wait, 10)
    with mock.patch.object(hashing, "WAIT_SECONDS", 0.01), pytest.raises(problems.Unavailable):
        check_password("secret", encoded)
    release.set()
    busy.result(10)
    assert check_password("secret", encoded)


def test_a_forked_process_hashes_in_a_thread_of_its_own() -> None:
    make_password("secret")  # starts the thread
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if make_password("secret") else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_password_that_is_too_long_is_never_hashed() -> None:
    encoded = make_password("secret")
    with mock.patch("argon2.low_level.hash_secret") as hashed:
        assert not check_password("x" * 4097, encoded)
        with pytest.raises(ValueError, match="4096"):
            make_password("x" * 4097)
    assert not hashed.called
    validator = hashing.MaximumLengthValidator()
    validator.validate("x" * 4096)
    with pytest.raises(ValidationError):
        validator.validate("x" * 4097)
