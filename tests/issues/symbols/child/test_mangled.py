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
        ("_ZN4shop4CartIiE5totalEv", "_ZN4shop4CartIiE5totalEv"),  # a template
        ("_ZN9999shopE", "_ZN9999shopE"),
        ("_Z99total", "_Z99total"),
        ("_ZNE", "_ZNE"),
        ("?total@Cart@@QEAAHXZ", "?total@Cart@@QEAAHXZ"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_plainest_names_are_read(name: str, meant: str) -> None:
    assert readable(name) == meant


def test_no_name_takes_long() -> None:
    for piece in ("1a", "9" * 3, "4a4a", "1_$"):
        assert_linear(lambda n, piece=piece: "_ZN" + piece * n + "!", readable, smallest=64, largest=4096)
