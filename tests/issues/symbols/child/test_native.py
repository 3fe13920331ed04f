from __future__ import annotations

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import native
from tests.lib.symbol_files import ELF, ELF_ID, contents

BREAKPAD = b"""MODULE Linux x86_64 67E9247C814E392BA027DBDE6748FCBF1 crash
FILE 0 /src/a.cc
FUNC 1000 10 0 _ZN4shop4Cart5totalEv
1000 4 5 0
"""
BREAKPAD_ID = "67e9247c-814e-392b-a027-dbde6748fcbf-1"


def test_an_address_has_its_functions_with_those_inlined() -> None:
    cache, size = native.load([contents(ELF.read_bytes(), is_compressed=True)], {"debug_id": ELF_ID.upper()})
    assert 0 < size < 10_000
    inlined, outer, nothing, huge = native.answer(cache, {"addresses": [0x1003, 0x1000, 1, (1 << 64) - 1]})
    assert inlined == [["inner", "/src/lib.c", 1, "c"], ["outer", "/src/lib.c", 2, "c"]]
    assert outer == [["outer", "/src/lib.c", 2, "c"]]
    assert nothing == huge == []


def test_breakpad_files() -> None:
    cache, _ = native.load([contents(BREAKPAD)], {"debug_id": BREAKPAD_ID})
    assert native.answer(cache, {"addresses": [0x1002]}) == [[["shop::Cart::total", "/src/a.cc", 5, ""]]]


def test_objects_of_a_file() -> None:
    found, _ = native.load_objects([contents(ELF.read_bytes())], {})
    code_id = "0123456789abcdef" * 2 + "01234567"
    assert found == [[ELF_ID, code_id, "x86_64", "lib", "elf", ["debug", "symtab", "unwind"]]]
    found, _ = native.load_objects([contents(BREAKPAD)], {})
    assert found == [[BREAKPAD_ID, "", "x86_64", "dbg", "breakpad", ["debug"]]]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"hello", b"\x7fELF" + bytes(100), b"MZ" + bytes(200), b"\xca\xfe\xba\xbe" + b"\xff" * 60,
        b"\xcf\xfa\xed\xfe" + b"\xff" * 60, b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0" + b"\xff" * 200,
        b"\0asm" + b"\xff" * 40, b"SYSB" + b"\xff" * 40, b"BSJB" + b"\xff" * 60,
        ELF.read_bytes()[:3000],
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_debug_file_says_so(data: bytes) -> None:
    with pytest.raises(Unreadable):
        native.load([contents(data)], {"debug_id": ELF_ID})


def test_a_file_has_other_objects_than_the_one_wanted() -> None:
    with pytest.raises(Unreadable, match="nothing with this debug id"):
        native.load([contents(BREAKPAD)], {"debug_id": ELF_ID})
