from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.mapping.paths import LONGEST, readable
from tests.lib.growth import assert_linear

NAMES = {
    "webpack:///./src/a.ts": "src/a.ts",
    "webpack://shop/./src/a.ts?3fa2": "src/a.ts",
    "webpack://@acme/shop/./src/a.ts": "src/a.ts",
    "webpack-internal:///(rsc)/./src/a.ts": "src/a.ts",
    "webpack:///webpack/bootstrap": "webpack/bootstrap",
    'webpack:///external "react"': 'external "react"',
    "webpack:///~/react/x.js": "~/react/x.js",
    "turbopack:///[project]/src/a.tsx": "src/a.tsx",
    "turbopack:///[turbopack]/r.js": "[turbopack]/r.js",
    "[project]/src/a.ts": "src/a.ts",
    "../../src/a.ts": "src/a.ts",
    "https://src.example/app/../src/a.ts": "src/a.ts",
    "webpack://shop/app/../../src/a.ts": "src/a.ts",
    "file:///home/ci/a.ts": "/home/ci/a.ts",
    "file:///C:/shop/a.ts": "C:/shop/a.ts",
    "C:\\shop\\a.ts": "C:/shop/a.ts",
    "https://cdn.example.com/src/a.ts": "src/a.ts",
    "app:///index.js": "index.js",
    "src/Cart.vue?vue&type=script": "src/Cart.vue",
    "\0commonjsHelpers.js": "commonjsHelpers.js",
    "webpack:///": "webpack:///",
    "": "",
}


@pytest.mark.parametrize("source", NAMES)
def test_as_people_read_it(source: str) -> None:
    assert readable(source) == NAMES[source]


@given(st.text(st.sampled_from("./\\:?#[]()~ab\0@\ud800"), max_size=40))
def test_any_name_has_a_path_that_a_database_stores(source: str) -> None:
    path = readable(source)
    assert "\0" not in path
    assert path.encode()[:1] is not None
    assert len(path) <= LONGEST


def test_growth() -> None:
    for part in ("./", "../", "(a)/./", "[project]/", "a:", "/"):
        assert_linear(lambda n, part=part: part * n, readable)
