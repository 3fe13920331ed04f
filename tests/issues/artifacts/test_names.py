"""The names of artifacts, and what a frame's URL can mean."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from issues.artifacts import names
from tests.lib.examples import at_most
from tests.lib.growth import assert_linear

# What names are made of, and what goes wrong in them.
_PIECES = st.sampled_from(
    [
        "a",
        "B",
        "/",
        "\\",
        "..",
        ".",
        "~",
        ":",
        "://",
        "https",
        "C:",
        "?",
        "#",
        "%41",
        "%2F",
        "%2E%2E",
        "%25",
        "%00",
        "%C3%A9",
        "%FF",
        "%",
        "@",
        ":443",
        " ",
        "async ",
        "\x00",
        "\ud800",
        "e\u0301",
        "\u202e",
        ".js",
        "[id]",
        "\u212a",
    ]
)
_TEXTS = st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=40)
_PLAIN = st.lists(st.text("abcXYZ019_-", min_size=1, max_size=6), min_size=1, max_size=4).map("/".join)


@settings(max_examples=at_most(300))
@given(text=_TEXTS)
def test_a_normal_form_is_its_own_and_can_be_stored(text: str):
    normal = names.normalised(text)

    assert names.normalised(normal) == normal
    assert names.parsed(normal).text == normal
    assert len(normal) <= names.LONGEST_NAME
    assert "\x00" not in normal
    normal.encode()
    assert not {"..", "."} & set(names.parsed(normal).path.split("/"))


@given(path=_PLAIN, query=st.sampled_from(["", "?v=1"]))
def test_a_url_means_every_form_in_which_clients_upload_it(path: str, query: str):
    url = f"https://Shop.Example:443/{path}.js{query}#top"

    for uploaded in (
        url,
        f"https://shop.example/{path}.js",
        f"~/{path}.js",
        f"/{path}.js",
        f"{path}.js",
        f"~/{path}.js{query}",
    ):
        assert names.normalised(uploaded) in names.candidates(url)
    for other in (
        f"http://shop.example/{path}.js",
        f"~/x/{path}.js",
        f"~/{path}.js?v=2",
        f"app:///{path}.js",
    ):
        assert names.normalised(other) not in names.candidates(url)


def test_the_most_particular_name_comes_first():
    assert names.candidates("https://h.example/a.js?v=1") == [
        "https://h.example/a.js?v=1",
        "https://h.example/a.js",
        "~/a.js?v=1",
        "~/a.js",
    ]


def test_what_engines_write_before_and_into_urls():
    for url, name in {
        "async https://h.example/a.js": "~/a.js",
        "app:///main.jsbundle": "~/main.jsbundle",
        "file:///C:/shop/dist/a.js": "~/shop/dist/a.js",
        "c:\\shop\\dist\\a.js": "~/shop/dist/a.js",
        "/srv/shop/dist/a.js": "~/srv/shop/dist/a.js",
        "address at index.android.bundle": "~/index.android.bundle",
        "capacitor://localhost/main.js": "~/main.js",
        "https://h.example/_next/static/chunks/pages/%5Bslug%5D-1.js": "~/_next/static/chunks/pages/[slug]-1.js",
        "https://h.example/my%20app.js": "~/my app.js",
        "webpack-internal:///./src/a.js": "~/src/a.js",
    }.items():
        assert names.candidates(url)[-1] == name


def test_code_without_a_file_has_no_name():
    for url in (
        "",
        "<anonymous>",
        "[native code]",
        "native",
        "data:text/javascript,1",
        "blob:https://h.example/1-2",
        "node:fs",
        "https://h.example/",
        "about:blank",
    ):
        assert names.candidates(url) == []


def test_a_long_name_stays_different_from_others():
    first, second = (names.normalised("~/" + "a" * 2000 + end) for end in "xy")

    assert len(first) == len(second) == names.LONGEST_NAME
    assert first != second


def test_where_the_map_of_a_script_is_looked_for():
    assert names.map_names("~/js/a.js", "a.js.map") == ["~/js/a.js.map"]
    assert names.map_names("https://h.example/js/a.js?v=1", "../maps/a.map?x")[:2] == [
        "https://h.example/maps/a.map?x",
        "https://h.example/maps/a.map",
    ]
    assert "~/maps/a.map" in names.map_names("~/a.js", "https://cdn.example/maps/a.map")
    assert "https://cdn.example/a.map" in names.map_names("~/a.js", "//cdn.example/a.map")
    assert (
        names.map_names("~/a.js", "data:application/json,{}")
        == names.map_names("~/a.js", "")
        == ["~/a.js.map"]
    )


def test_near_names_and_what_differs():
    url = "https://shop.example/static/js/app.3f2a9c1d.js?x=1"
    near = {
        "~/static/js/app.3f2a9c1d.js?y=1": ("query",),
        "app:///static/js/app.3f2a9c1d.js": ("scheme",),
        "https://cdn.example/static/js/app.3f2a9c1d.js": ("host",),
        "~/static/js/App.3f2a9c1d.js": ("case",),
        "~/app.3f2a9c1d.js": ("prefix",),
        "~/static/js/app.00000000.min.js": ("name",),
    }

    misses = names.nearest(url, ["~/other.js", "~/static/js/app.3f2a9c1d.js", *near], most=10)

    assert {miss.name: miss.differs for miss in misses} == near
    assert [miss.name for miss in misses] == list(near)
    assert (misses[4].wanted, misses[4].has) == ("/static/js/", "/")
    assert names.nearest("<anonymous>", near) == []
    both = ["~/assets/app.js", "~/static/assets/app.js"]
    assert names.nearest("https://h/static/v2/assets/app.js", both)[0].name == both[1]


def test_debug_ids():
    wanted = "765463ec-8f6f-560e-b0b8-4b4bd8b744a0"

    for text in (wanted.upper(), wanted.replace("-", ""), f"{{{wanted}}}", f"{wanted}-0", f" {wanted} "):
        assert names.debug_id(text) == wanted
    assert names.debug_id(f"{wanted}-0A") == f"{wanted}-a"
    assert names.debug_id(wanted.replace("-", "").upper() + "1F") == f"{wanted}-1f"
    for text in ("", "x", wanted[:-1], f"{wanted}-", "٣" * 32):
        assert names.debug_id(text) == ""


def test_time_grows_with_the_text():
    for piece in ("/..", "%41", "%C3", "%", "\\", ":80", "?", " ", "e\u0301", "async "):
        assert_linear(lambda count, piece=piece: piece * count, names.candidates, largest=1 << 14)


def test_time_grows_with_the_names():
    assert_linear(
        lambda count: [f"~/{i}/app.js" for i in range(count)],
        lambda all_: names.nearest("https://h/app.js", all_),
        largest=1 << 13,
    )
