from __future__ import annotations

import pytest

from issues.symbols.child.formats.rust import readable


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("_RNvNtCsecX0LczJjYN_4till4shop5price", "till::shop::price"),
        ("_RINvNtCsecX0LczJjYN_4till4shop3sumlEB4_", "till::shop::sum::<i32>"),
        ("_RNvXNtCsecX0LczJjYN_4till4shopNtB2_6DrawerNtB2_5Total5total", "<till::shop::Drawer as till::shop::Total>::total"),
        ("_RNvMs0_NtCsgEmfK2I1SDS_4core3numl12wrapping_add", "<i32>::wrapping_add"),
        ("_RNCNvC4till4main0B3_.llvm.65107252589351292", "till::main::{closure#0}"),
        ("_RINvC4till1fKj1f_KbRShQDNtB2_1TEL_ATlEj3_FUKCmEuE", None),
        ("_RINvC4till1fKj1f_Kb1_RShTlEFUKCmEuE", "till::f::<31, true, &[u8], (i32,), unsafe extern \"C\" fn(u32)>"),
        ("_RINvC4till1fDINtB2_1TmEp4ItemlEL_E", "till::f::<dyn till::T<u32, Item = i32>>"),
        ("_RNvC4tillu9gre_6ka8i", "till::größe"),
        ("_RB_", None),
        ("_RNvB_1a", None),
        ("_RN", None),
        ("_Run", None),
    ],
    ids=range(13),
)  # fmt: skip
def test_paths_without_hashes(name: str, meant: str | None) -> None:
    assert readable(name) == meant
