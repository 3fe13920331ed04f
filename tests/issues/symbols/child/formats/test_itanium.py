from __future__ import annotations

import pytest

from issues.symbols.child.formats.itanium import readable


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("_ZN4shop6DrawerC2Ei", "shop::Drawer::Drawer"),
        ("_ZN4shop6DrawerIiED0Ev", "shop::Drawer<int>::~Drawer"),
        ("_ZN4shopL5priceERKNS_4ItemE", "shop::price"),
        ("_ZN4shop3sumIiEET_S1_S1_", "shop::sum<int>"),
        ("_ZNK4shop6DrawerixEi", "shop::Drawer::operator[]"),
        ("_ZNK4shop6DrawercvbEv", "shop::Drawer::operator bool"),
        ("_ZStlsISt11char_traitsIcEERSt13basic_ostreamIcT_ES5_h", "std::operator<< <std::char_traits<char>>"),
        ("_ZN12_GLOBAL__N_14openEv", "(anonymous namespace)::open"),
        ("_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()"),
        ("_ZN4llvm10make_errorINS_3pdb8RawErrorEJNS1_14raw_error_codeERA39_KcEEENS_5ErrorEDpOT0_",
         "llvm::make_error<llvm::pdb::RawError, llvm::pdb::raw_error_code, char const (&)[39]>"),
        ("_ZN1aI1bLb1ELin5ELj7ELc97EPFviEE1cEv", "a<b, true, -5, 7u, (char)97, void (*)(int)>::c"),
        ("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE6appendEPKc",
         "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char>>::append"),
        ("_ZThn16_N4shop6DrawerD0Ev", "non-virtual thunk to shop::Drawer::~Drawer"),
        ("_ZN4shop4openB5cxx11Ev.cold", "shop::open[abi:cxx11]"),
        ("_ZTV4Shop", None),
        ("_ZN1aIXadL_Z1bvEEE1cEv", None),
        ("_ZN4shopS9_E", None),
        ("_ZN", None),
        ("total", None),
    ],
    ids=range(19),
)  # fmt: skip
def test_names_without_arguments(name: str, meant: str | None) -> None:
    assert readable(name) == meant


def test_a_name_that_repeats_itself_is_bounded() -> None:
    # Each type has that before it twice, and is known by the next even number.
    numbers = "02468ACEGIKMOQ"
    name = "_Z1fI1a" + "".join(f"1bIS{number}_S{number}_E" for number in numbers) + "EvT_"
    assert readable(name[: name.index("1bIS6_")] + "EvT_") is not None
    assert readable(name) is None
