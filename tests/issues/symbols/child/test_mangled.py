from __future__ import annotations

import pytest

from issues.symbols.child.mangled import readable
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("main", "main"),
        ("_ZN4shop4Cart5totalEv", "shop::Cart::total"),
        ("__ZNK4shop4Cart5totalEi", "shop::Cart::total"),
        ("_Z5totalii", "total"),
        ("_ZN4core6option13unwrap_failed17h0123456789abcdefE", "core::option::unwrap_failed"),
        ("_ZN47_$LT$shop..Cart$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE", "<shop::Cart as core::fmt::Debug>::fmt"),
        ("_ZN4shop4CartIiE5totalEv", "shop::Cart<int>::total"),
        ("_RNvNtCsecX0LczJjYN_4till4shop5price", "till::shop::price"),
        ("ZNK4shop6Drawer5totalERKNS_4ItemE", "shop::Drawer::total"),  # as PE files have it
        # As PDB files have it.
        ("shop::Drawer::total(shop::Item const&) const", "shop::Drawer::total"),
        ("int shop::sum<int>(int, int)", "shop::sum<int>"),
        ("void* operator new(unsigned long)", "operator new"),
        ("Till::operator()(int) const", "Till::operator()"),
        ("Till::operator bool() const", "Till::operator bool"),
        ("std::map<int, void (*)(int)>::find(int)", "std::map<int, void (*)(int)>::find"),
        ("(anonymous namespace)::total(int)", "(anonymous namespace)::total"),
        # As Go and Objective-C have it.
        ("main.(*Till).Open", "main.(*Till).Open"),
        ("-[Till(Drawer) open:]", "-[Till(Drawer) open:]"),
        ("total)", "total)"),
        ("()", "()"),
        ("_ZN9999shopE", "_ZN9999shopE"),
        ("_Z99total", "_Z99total"),
        ("_ZNE", "_ZNE"),
        ("?total@Cart@@QEAAHXZ", "?total@Cart@@QEAAHXZ"),
        ("", ""),
    ],
)  # fmt: skip
def test_names_are_read(name: str, meant: str) -> None:
    assert readable(name) == meant


def test_no_name_takes_long() -> None:
    for piece in ("1a", "9" * 3, "4a4a", "1_$", "3aaaI", "PFvv", "S_", "Z1aE", "UlvE_"):
        assert_linear(lambda n, piece=piece: "_ZN" + piece * n + "!", readable, smallest=64, largest=4096)
    for piece in ("NvC1a", "INvC1a", "TB_", "B0_", "F"):
        assert_linear(lambda n, piece=piece: "_R" + piece * n + "!", readable, smallest=64, largest=4096)
    assert_linear(lambda n: "f(" * n + ")" * n, readable, smallest=64, largest=4096)
