from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from issues.artifacts import fetching
from issues.artifacts.lookup import ScriptFiles
from issues.mapping.events import mapped
from tests.lib.mapping import URL, Uploads, browser_event, found, frames_of, original


def _mapped(event: dict[str, Any]) -> list[dict[str, Any]]:
    done = mapped(1, 1, event)
    assert done is not None
    return frames_of(done.payload)


def test_the_name_of_a_function(uploads: Uploads) -> None:
    uploads.add_script(
        1,
        {
            (1, 1): original(1, "checkout", name="pay"),
            # The scopes are not known: the call before says what is called.
            (1, 2): original(2, "<unknown>", name="send"),
            (1, 3): original(3, ""),
            (1, 4): original(4, "<anonymous>", name="not an identifier"),
            (1, 5): original(5, "<anonymous>"),
            (1, 6): original(6, "<unknown>"),
        },
    )
    event = browser_event(*((1, column) for column in range(1, 7)))
    frames_of(event)[4]["function"] = "Object.onClick"
    assert [frame["function"] for frame in _mapped(event)] == [
        "checkout", "pay", "send", "<anonymous>", "Object.onClick", "e",
    ]  # fmt: skip


def test_whose_frame_it_is(uploads: Uploads) -> None:
    sources = {
        "webpack://shop/./src/cart.ts": True,
        "webpack:///./node_modules/react-dom/index.js": False,
        "../../node_modules/.pnpm/react@18/index.js": False,
        "webpack:///webpack/bootstrap": False,
        "webpack:///(webpack)/buildin/global.js": False,
        "webpack:///~/lodash/map.js": False,
        "turbopack:///[turbopack]/runtime.ts": False,
        'webpack:///external "react"': False,
        "\0vite/preload-helper.js": False,
        "src/vite/plugin.ts": True,
    }
    uploads.add_script(1, {(1, n): original(1, source=source) for n, source in enumerate(sources, 1)})
    frames = _mapped(browser_event(*((1, n) for n in range(1, len(sources) + 1))))
    assert [frame["in_app"] for frame in frames] == list(sources.values())


def test_the_upload_of_the_script_is_used_too(uploads: Uploads) -> None:
    """Retention deletes uploads that are not used, and the map is found by what the script says."""
    map_ = uploads.add_script(1, {(1, 1): original(1)}, URL)
    uploads.scripts[1, URL] = ScriptFiles("release", found(2, "~/static/app.js"), map_)
    done = mapped(1, 1, browser_event((1, 1)))
    assert done is not None
    assert done.uploads == {map_.upload_id, found(2, "").upload_id}


def test_an_ignored_source_and_one_that_the_sdk_says_is_not_the_applications(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 1): original(1, is_ignored=True), (1, 2): original(2)})
    event = browser_event((1, 1), (1, 2))
    frames_of(event)[1]["in_app"] = False
    assert [frame["in_app"] for frame in _mapped(event)] == [False, False]


def test_a_module_of_the_bundle_is_left_out(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 1): original(1)})
    event = browser_event((1, 1))
    frames_of(event)[0] |= {
        "module": "static.app",
        "vars": {"a": 1},
        "context_line": "minified",
        "pre_context": ["x"],
    }
    [frame] = _mapped(event)
    assert "module" not in frame
    assert (frame["vars"], frame["context_line"], frame["pre_context"]) == ({"a": 1}, "line 1", ["line 0"])


def test_what_names_no_file_is_not_counted(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 1): original(1)})
    event = browser_event((1, 1), (1, 2))
    frames_of(event)[1:1] = [
        {"filename": "<anonymous>", "function": "Array.map"},
        {"filename": "node:internal/modules", "lineno": 3, "colno": 4},
        {"filename": None}, {"filename": ["x"], "abs_path": {}}, "nonsense", None,
    ]  # fmt: skip
    done = mapped(1, 1, event)
    assert done is not None
    assert (done.count, done.of) == (1, 2)
    assert frames_of(done.payload)[1:] == frames_of(event)[1:]


def test_a_source_that_is_beside_the_map(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 1): original(2, source="../src/cart.ts", context=None)})
    source = found(9, "~/src/cart.ts", kind="source")
    uploads.named["~/src/cart.ts"] = source
    uploads.contents[source.file.sha256] = {2: (("one",), "two", ("three",))}
    [frame] = _mapped(browser_event((1, 1)))
    assert (frame["pre_context"], frame["context_line"], frame["post_context"]) == (["one"], "two", ["three"])


def test_characters_that_no_database_stores(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 1): original(1, "a\0b\ud800", "\0src/\ud800.ts")})
    [frame] = _mapped(browser_event((1, 1)))
    assert (frame["function"], frame["filename"], frame["abs_path"]) == (
        "ab\ufffd",
        "src/\ufffd.ts",
        "src/\ufffd.ts",
    )


def test_the_release_may_be_a_tag(uploads: Uploads) -> None:
    uploads.add_script(1, {(1, 1): original(1)}, key=URL)
    event = browser_event((1, 1), release=None, debug_meta=None, tags=[["release", "shop@2.0.0"]])
    assert _mapped(event)


def test_scripts_that_are_missing_are_asked_for(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(fetching, "ask", lambda project, wanted: asked.append((project, list(wanted))))
    for _ in range(2):
        assert mapped(1, 1, browser_event((1, 10))) is None
    assert asked == [(1, [("shop@2.0.0", URL)])]
    uploads.add_script(2, {(1, 10): original(1)})
    assert mapped(2, 1, browser_event((1, 10))) is not None
    assert len(asked) == 1

    def fail(*arguments: object) -> None:
        raise OperationalError

    monkeypatch.setattr(fetching, "ask", fail)
    assert mapped(3, 1, browser_event((1, 10))) is None
