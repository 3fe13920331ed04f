from __future__ import annotations

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import native
from tests.lib.symbol_files import ELF, ELF_ID, contents, of_format

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


SOURCE, ON_WINDOWS = "/src/shop/till.cc", r"C:\shop\till.cc"
# By file: what each object is, and an address in code that was inlined, with the source that is named.
FORMATS = {
    "till.so": [(f"{ELF_ID} x86_64 lib elf debug symtab unwind", 0x106B, SOURCE)],
    "till.so.debug": [(f"{ELF_ID} x86_64 dbg elf debug symtab unwind", 0x106B, SOURCE)],
    "till.arm.so": [
        ("98badcfe-5476-1032-fedc-ba9876543210 arm lib elf debug symtab unwind", 0x103B4, SOURCE)
    ],
    "till.mingw.dll": [("8f64db5c-1e45-c602-0bda-3e97defc74ea-1 x86_64 lib pe debug symtab", 0x1094, SOURCE)],
    "till.pdb": [("c86f3473-3ad1-24f9-4c4c-44205044422e-1 x86_64 dbg pdb debug symtab", 0x1057, ON_WINDOWS)],
    "till.dSYM": [
        ("4c4c44c4-5555-3144-a1d1-9ac6fb7fd6f1 x86_64 dbg macho debug symtab unwind", 0x34D, SOURCE),
        ("4c4c44fe-5555-3144-a1c8-e42a70d054c0 arm64 dbg macho debug symtab", 0x370, SOURCE),
    ],
    "till.wasm": [("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0 wasm32 lib wasm debug symtab", 0xD4, SOURCE)],
}


@pytest.mark.parametrize("name", FORMATS)
def test_functions_files_and_lines_of_every_format(name: str) -> None:
    data = of_format(name)
    objects, _ = native.load_objects([contents(data)], {})
    told = [" ".join([id_, arch, kind, form, *features]) for id_, _, arch, kind, form, features in objects]
    assert told == [what for what, _, _ in FORMATS[name]]
    for (debug_id, *_), (_, address, source) in zip(objects, FORMATS[name], strict=True):
        cache, _ = native.load([contents(data)], {"debug_id": debug_id})
        [frames] = native.answer(cache, {"addresses": [address]})
        # MinGW's compiler leaves the namespace out of an inlined function.
        assert [(function.removeprefix("shop::"), *rest) for function, *rest, _ in frames] == [
            ("price", source, 12),
            ("Drawer::total", source, 25),
        ]


def test_functions_of_rust() -> None:
    data = of_format("till.rust-v0.so")
    [[debug_id, *_]], _ = native.load_objects([contents(data)], {})
    cache, _ = native.load([contents(data)], {"debug_id": debug_id})
    [[_, price, total]] = native.answer(cache, {"addresses": [0x1394]})
    assert price[:3] == ["till::shop::price", "/src/shop/till.rs", 11]
    assert total[:3] == ["<till::shop::Drawer as till::shop::Total>::total", "/src/shop/till.rs", 16]


def test_a_stripped_file_names_only_what_it_exports() -> None:
    cache, _ = native.load([contents(of_format("till.stripped.so"))], {"debug_id": ELF_ID})
    assert native.answer(cache, {"addresses": [0x1000, 0x106B]}) == [
        [["open_drawer", "", 0, ""]],
        [["shop::Drawer::total", "", 0, ""]],
    ]


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
