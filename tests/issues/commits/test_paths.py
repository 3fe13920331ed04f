from __future__ import annotations

from issues.commits.paths import MOST_FOLDERS, FrameFiles, name_of, of_frame, parts
from tests.lib.growth import assert_linear


def same(frame: str, file: str, *, only_one: bool = False) -> bool:
    files = FrameFiles()
    files.add(0, frame)
    return files.depth(parts(file), only_one=only_one) == 0


def test_paths_are_compared_from_their_ends() -> None:
    for frame, file in [
        ("/srv/app/shop/cart.py", "src/shop/cart.py"),
        ("shop/cart.py", "backend/shop/cart.py"),
        ("webpack://shop/./src/cart.ts?a1b2", "src/cart.ts"),
        ("../../src/cart.ts", "packages/web/src/cart.ts"),
        ("C:\\build\\Shop\\Cart.cs", "Shop/Cart.cs"),
        ("app:///main.js", "main.js"),
        ("/app/main.py", "main.py"),
        ("https://example.com/assets/js/app.js", "public/js/app.js"),
    ]:
        assert same(frame, file), frame
    for frame, file in [
        ("/srv/app/shop/cart.py", "src/basket/cart.py"),
        ("vendor/x/index.js", "src/index.js"),
        ("cart.py", "shop/cart.py"),
        ("shop/cart.pyc", "shop/cart.py"),
        ("", "shop/cart.py"),
        ("", ""),
    ]:
        assert not same(frame, file), frame


def test_a_bare_name_means_the_only_file_of_this_name() -> None:
    assert same("cart.py", "shop/cart.py", only_one=True)
    assert not same("lib/cart.py", "shop/cart.py", only_one=True)


def test_the_first_frame_of_a_file_is_found() -> None:
    files = FrameFiles()
    for depth, path in enumerate(["lib/a.js", "src/cart.js", "x/src/cart.js"]):
        files.add(depth, path)
    files.add_exact(3, "web/src/cart.js", "acme/shop")
    assert files.names == {"a.js", "cart.js"}
    assert files.depth(parts("src/cart.js")) == 1
    assert files.depth(parts("lib/cart.js")) is None
    files = FrameFiles()
    files.add_exact(3, "web/src/cart.js", "Acme/shop")
    found = [
        files.depth(parts("web/src/cart.js"), name) for name in ("acme/SHOP", "origin", "", "acme/other")
    ]
    assert found == [3, 3, 3, None]
    assert files.depth(parts("src/cart.js")) is None


def test_a_class_of_the_jvm_tells_its_folder() -> None:
    frame = {"filename": "Cart.kt", "module": "com.acme.shop.Cart$Item", "abs_path": 7}
    assert of_frame(frame) == ["com/acme/shop/Cart.kt", "Cart.kt"]
    assert same(of_frame(frame)[0], "app/src/main/java/com/acme/shop/Cart.kt")
    assert of_frame({"filename": "shop/cart.py", "module": "shop.cart", "abs_path": "/srv/shop/cart.py"}) == [
        "/srv/shop/cart.py",
        "shop/cart.py",
    ]
    assert of_frame({"filename": None}) == []


def test_a_long_path_takes_no_longer_than_its_length() -> None:
    for part in ("a/", "./", "../", "a:/", "\\"):
        assert_linear(lambda size, part=part: part * size, parts, largest=1 << 16)  # type: ignore[misc]
    assert len(parts("a/" * 500)) == MOST_FOLDERS
    assert name_of("a/b/c.js?x=/d") == "c.js"
