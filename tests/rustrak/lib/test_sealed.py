from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from rustrak.lib.sealed import Unreadable, seal, unseal

VALUES = {"url": "https://hooks.example.org/s3cret", "": "", "ü": "\x00\u2028ü"}


def test_what_is_sealed_can_be_read_again() -> None:
    assert unseal(seal(VALUES)) == VALUES
    assert unseal(memoryview(seal(VALUES))) == VALUES


def test_nothing_is_nothing() -> None:
    assert seal({}) == b""
    assert unseal(b"") == {}


def test_nothing_of_it_can_be_seen_and_no_two_are_alike() -> None:
    assert b"s3cret" not in seal(VALUES)
    assert b"url" not in seal(VALUES)
    assert seal(VALUES) != seal(VALUES)


def test_another_key_reads_nothing(settings: Any) -> None:
    sealed = seal(VALUES)
    settings.SECRET_KEY = "x" * 50
    with pytest.raises(Unreadable):
        unseal(sealed)


def test_another_purpose_reads_nothing() -> None:
    with pytest.raises(Unreadable):
        unseal(seal(VALUES, "tracker"))


@pytest.mark.parametrize("position", [0, 1, 12, 13, 20, -1])
def test_what_is_damaged_is_not_read(position: int) -> None:
    damaged = bytearray(seal(VALUES))
    damaged[position] ^= 1
    with pytest.raises(Unreadable) as raised:
        unseal(bytes(damaged))
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "data",
    [b"\x01", b"\x01" * 13, b"\x01" * 20, b"{}", seal({"a": "b"})[:-1]],
    ids=["version", "nonce", "short", "JSON", "cut"],
)
def test_what_is_cut_or_something_else_is_not_read(data: bytes) -> None:
    with pytest.raises(Unreadable):
        unseal(data)


def test_processes_without_secrets_do_not_pay_for_it() -> None:
    code = "import sys, rustrak.lib.sealed, rustrak.outbound.client; print({'cryptography', 'requests', 'urllib3'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"
