from __future__ import annotations

from typing import Any

from issues.payload.smart.names import function_of, throws_for_others, type_of
from tests.lib.growth import assert_linear

# Frames of one function, as compilers, versions of languages and deployments write it.
SAME: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("python", "shop.cart.total", [{"module": "shop.cart", "function": "total"}, {"module": "shop.cart", "function": "Cart.total"}]),
    ("java", "com.shop.Cart.total", [
        {"module": "com.shop.Cart", "function": "total"}, {"module": "com.shop.Cart", "function": "lambda$total$3"},
        {"module": "com.shop.Cart$$SpringCGLIB$$0", "function": "total"}, {"module": "com.shop.Cart$$Lambda$14/0x01", "function": "total"},
    ]),
    ("go", "github.com/shop/cart.(*Cart).Total", [
        {"module": "github.com/shop/cart", "function": "(*Cart).Total"}, {"module": "github.com/shop/cart", "function": "(*Cart).Total.func1.2"},
    ]),
    ("php", "App\\Cart::total", [{"function": "App\\Cart::total"}, {"function": "{closure:App\\Cart::total():12}"}]),
    ("ruby", "cart.total", [
        {"filename": "app/models/cart.rb", "function": "total"}, {"filename": "app/models/cart.rb", "function": "Cart#total"},
        {"filename": "app/models/cart.rb", "function": "block (2 levels) in total"},
    ]),
    ("csharp", "Shop.Cart.Total", [
        {"module": "Shop.Cart", "function": "Total(Int32 id)"}, {"module": "Shop.Cart+<Total>d__5", "function": "MoveNext"},
        {"module": "Shop.Cart", "function": "<>c__DisplayClass5_0.<Total>b__1"},
    ]),
    ("native", "shop::cart::total", [
        {"function": "shop::cart::total::h0123456789abcdef"}, {"function": "shop::cart::total::{{closure}}"},
        {"function": "shop::cart::total(int) [clone .isra.0]"}, {"function": "shop::cart::total(int)::{lambda(int)#1}::operator()(int) const"},
    ]),
    ("cocoa", "Cart.total", [{"function": "Cart.total(for:)"}, {"function": "closure #1 in Cart.total(for:)"}]),
    ("elixir", "Shop.Cart.total/2", [
        {"module": "Elixir.Shop.Cart", "function": "Shop.Cart.total/2"}, {"module": "Shop.Cart", "function": "anonymous fn/1 in Shop.Cart.total/2"},
    ]),
    ("javascript", "cart.total", [
        {"function": "total", "filename": "app:///src/cart.js"}, {"function": "Object.total [as handler]", "filename": "https://a.example/cart.js?v=2"},
        {"function": "async Cart.total", "abs_path": "/srv/releases/20261127/cart.ts"},
    ]),
]  # fmt: skip


def test_one_function_has_one_name() -> None:
    for platform, name, frames in SAME:
        assert [function_of(frame, platform) for frame in frames] == [name] * len(frames)


def test_names_of_minifiers_are_none() -> None:
    bundle = "https://a.example/static/js/main.3f2a9b1c.js"
    for frame in (
        {"function": "t", "filename": bundle},
        {"function": "e.abc", "filename": bundle},
        {"function": "_0x3fa2b1", "filename": "cart.js"},
        {"function": "abc", "filename": "https://a.example/app.js", "lineno": 1, "colno": 18233},
    ):
        assert function_of(frame, "javascript") == ""
    assert function_of({"function": "e.checkout", "filename": bundle}, "javascript") == "checkout"
    assert function_of({"module": "a.b.c", "function": "a"}, "java") == ""
    assert function_of({"function": "0x00007f12", "package": "shop"}, "native") == ""
    assert (type_of("t", "javascript"), type_of("a.b.c", "java"), type_of("t", "python")) == ("", "", "t")
    assert (type_of("KeyError", ""), type_of("com.shop.Bad$$Enhancer$1", "java")) == (
        "KeyError",
        "com.shop.Bad",
    )


def test_a_common_file_is_named_with_its_folder() -> None:
    routes = {"function": "get", "filename": "/srv/app/routes/index.js"}
    assert function_of(routes, "node") == "routes/index.get"
    nameless = {"function": "?", "filename": "/srv/app/cart.js"}
    assert function_of(nameless, "node") == "cart.<anonymous>"


def test_functions_that_throw_for_others() -> None:
    for name in (
        "shop.util.assert_valid",
        "com.shop.Preconditions.require",
        "shop.fail",
        "util.throwError",
        "cart.<anonymous>",
    ):
        assert throws_for_others(name)
    for name in ("shop.cart.total", "shop.checkout", "shop.requirements", "shop.failover", "a.dietary"):
        assert not throws_for_others(name)


def test_the_time_is_linear() -> None:
    def work(unit: str) -> None:
        for platform in ("native", "csharp", "php", "javascript"):
            function_of({"function": unit, "module": unit, "filename": unit}, platform)

    for unit in ("<", "(", "::{", "_0", "<a>b__", "block in ", "class@anonymous", "a<", "$1"):
        assert_linear(lambda n, unit=unit: unit * n, work, smallest=1 << 6, largest=1 << 12)
    for unit in ("@", "_", "$"):
        assert_linear(
            lambda n, unit=unit: "0x" + unit * n,
            lambda name: type_of(name, ""),
            smallest=1 << 8,
            largest=1 << 13,
        )
