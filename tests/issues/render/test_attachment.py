from __future__ import annotations

import json

import pytest

from issues.render.attachment import in_words, readable
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("kind", "content_type", "name", "words"),
    [
        ("event.minidump", "application/x-dmp", "a.dmp", "Minidump"),
        ("event.view_hierarchy", "application/json", "view-hierarchy.json", "View hierarchy"),
        ("event.attachment", "image/png", "Screenshot 1.png", "Screenshot"),
        ("event.attachment", "image/jpeg", "photo.jpg", "JPEG image"),
        ("event.attachment", "application/json", "state.json", "JSON"),
        ("event.attachment", "text/x-log", "app.log", "Text"),
        ("event.attachment", "application/octet-stream", "core", "File"),
        ("something.new", "", "", "File"),
    ],
)
def test_words(kind: str, content_type: str, name: str, words: str) -> None:
    assert in_words(kind, content_type, name) == words


def test_json_that_is_deep_is_shown_whole() -> None:
    deep: object = "end"
    for _ in range(60):
        deep = {"children": [deep]}
    assert '"end"' in readable(json.dumps(deep), "application/json")


def test_text_that_is_not_json_is_shown_unchanged() -> None:
    assert readable("{oops", "application/json") == "{oops"
    assert readable("\u202e", "application/json") == "⟨U+202E⟩"
    assert readable('{"a": "\u202e"}', "application/json") == '{\n  "a": "⟨U+202E⟩"\n}'


def test_json_that_would_become_long_is_not_indented() -> None:
    text = "[" * 200 + ",".join(["1"] * 20_000) + "]" * 200
    assert readable(text, "application/json") == text
    assert_linear(
        lambda size: "[" * size + "]" * size, lambda text: readable(text, "application/json"), largest=1 << 15
    )
