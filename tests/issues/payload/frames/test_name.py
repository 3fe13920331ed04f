from __future__ import annotations

from typing import Any

import pytest

from issues.payload.frames.name import full, shown
from tests.lib.growth import assert_linear

NAMES = [
    ("java", {"module": "com.shop.App", "function": "save", "filename": "App.java"}, "com.shop.App.save"),
    ("java", {"module": "com.shop.App", "function": "lambda$main$8"}, "com.shop.App.lambda$main$8"),
    ("java", {"module": "com.shop.App", "function": "<init>"}, "com.shop.App.<init>"),
    ("java", {"module": "com.shop.CartKt", "function": "add", "filename": "Cart.kt"}, "com.shop.CartKt.add"),
    ("java", {"module": "com.shop.App$", "function": "$anonfun$main$1"}, "com.shop.App$.$anonfun$main$1"),
    ("go", {"module": "main", "function": "(*Server).Handle"}, "main.(*Server).Handle"),
    ("go", {"module": "main", "function": "main.(*Server).Handle"}, "main.(*Server).Handle"),
    ("go", {"module": "main", "function": "main"}, "main.main"),
    ("go", {"module": "main", "function": "main.func1"}, "main.main.func1"),
    ("go", {"module": "example.com/shop/orders", "function": "Share"}, "example.com/shop/orders.Share"),
    ("native", {"function": "shop::cart::add", "package": "shop"}, "shop::cart::add"),
    ("native", {"function": "shop::cart::add::h0123456789abcdef"}, "shop::cart::add"),
    ("rust", {"module": "shop::cart", "function": "add"}, "shop::cart::add"),
    ("php", {"module": "Shop\\Cart", "function": "add"}, "Shop\\Cart->add"),
    ("php", {"function": "Shop\\Cart::add", "filename": "/srv/Cart.php"}, "Shop\\Cart::add"),
    ("php", {"module": "Shop\\Cart", "function": "Shop\\Cart::add"}, "Shop\\Cart::add"),
    ("php", {"filename": "/srv/index.php", "lineno": 3}, "main script"),
    ("php", {"function": "{main}", "filename": "/srv/index.php"}, "main script"),
    ("php", {"function": "{closure}", "filename": "/srv/index.php"}, "{closure}"),
    ("ruby", {"module": "Shop::Cart", "function": "add", "filename": "cart.rb"}, "Shop::Cart#add"),
    ("ruby", {"module": "Shop::Cart", "function": "Shop::Cart#add"}, "Shop::Cart#add"),
    ("ruby", {"module": "Shop::Cart", "function": "block (2 levels) in add"}, "block (2 levels) in Shop::Cart#add"),
    ("ruby", {"function": "<main>", "filename": "cart.rb"}, "<main>"),
    ("csharp", {"module": "Shop.Cart", "function": "Add"}, "Shop.Cart.Add"),
    ("csharp", {"module": "Shop.Cart", "function": "Shop.Cart.Add(int x)"}, "Shop.Cart.Add(int x)"),
    ("elixir", {"module": "Elixir.Shop.Cart", "function": "add/2"}, "Shop.Cart.add/2"),
    ("elixir", {"module": "Elixir.Shop.Cart", "function": "Shop.Cart.add/2"}, "Shop.Cart.add/2"),
    ("elixir", {"module": "lists", "function": ":lists.map/2"}, ":lists.map/2"),
    ("elixir", {"module": ":gen", "function": ":gen.call/4"}, ":gen.call/4"),
    ("elixir", {"module": "gen", "function": ":gen_server.call/3"}, "gen.:gen_server.call/3"),
    ("dart", {"module": "Cart", "function": "add"}, "Cart.add"),
    ("python", {"module": "shop.cart", "function": "add", "filename": "shop/cart.py"}, "add"),
    ("python", {"module": "shop", "function": "add", "filename": "shop/__init__.py"}, "add"),
    ("python", {"module": "shop.cart", "function": "add", "filename": "cart.py"}, "shop.cart.add"),
    ("python", {"module": "shop.cart", "function": "add"}, "shop.cart.add"),
    ("python", {"module": "__main__", "function": "<module>", "filename": "app.py"}, "<module>"),
    ("node", {"module": "cases", "function": "main", "filename": "/srv/cases.js"}, "main"),
    ("node", {"module": "@scope.lib:index", "function": "x", "filename": "/n/@scope/lib/index.js"}, "x"),
    ("javascript", {"module": "app/cart", "function": "add", "filename": "https://x/app/cart.js?v=1"}, "add"),
    ("javascript", {"module": "app/cart", "function": "add", "filename": "https://x/b.js"}, "app/cart.add"),
    ("javascript", {"function": "?", "filename": "https://x/b.js"}, "<anonymous>"),
    ("javascript", {"filename": "https://x/b.js"}, "<anonymous>"),
    ("node", {"function": "Object.?", "filename": "/srv/cases.js"}, "Object.<anonymous>"),
    ("native", {"symbol": "shop_add"}, "shop_add"),
    ("", {"module": "shop"}, "shop"),
    ("", {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "frame", "name"), NAMES)
def test_a_call_is_named_as_its_platform_writes_it(platform: str, frame: dict[str, Any], name: str) -> None:
    assert shown(frame, platform) == name


def test_the_full_name_always_has_the_module() -> None:
    assert (
        full({"module": "shop.cart", "function": "add", "filename": "shop/cart.py"}, "python")
        == "shop.cart.add"
    )
    assert full({"function": "add"}, "python") == "add"


@pytest.mark.parametrize("value", [None, 5, [], {"a": 1}, True, "", " ", "\x00", float("nan"), 10**30])
def test_any_value_is_read(value: Any) -> None:
    for platform in ("python", "ruby", "go", "php", "javascript", ""):
        for name in ("module", "function", "filename", "abs_path", "symbol"):
            frame = {"module": "m", "function": "f", "filename": "x.py", name: value}
            assert isinstance(shown(frame, platform) + full(frame, platform), str)


@pytest.mark.parametrize("piece", ["a.", "a/", "block in ", "::h", ".func1", "?", "\\", "."])
@pytest.mark.parametrize("platform", ["python", "ruby", "go", "php"])
def test_names_take_time_in_proportion(piece: str, platform: str) -> None:
    names = ("module", "function", "filename")
    assert_linear(
        lambda size: dict.fromkeys(names, piece * size),
        lambda frame: [shown(frame, platform) for _ in range(3)],
        smallest=256,
        largest=4_096,
    )
