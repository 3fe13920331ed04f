from __future__ import annotations

from issues.symbols.child.formats.itanium_words import last_name, whole


def test_how_words_are_put_together() -> None:
    assert whole(("void (*", ")(int)")) == "void (*)(int)"
    assert whole(("int", "[3]")) == "int [3]"
    assert last_name("shop::Drawer<a::b>") == "Drawer"
