from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from issues.render import json_tokens, tables, values
from issues.render.room import Room
from issues.render.stack.variables import variables


def test_control_and_bidi_characters_become_visible() -> None:
    assert values.visible("a\x00b\u202ec\x7f\ud83d\u2028") == "a␀b⟨U+202E⟩c␡\ufffd⟨U+2028⟩"
    assert values.visible("tab\tline\nnew\r\nend 👩‍👩‍👧") == "tab\tline\nnew\nend 👩‍👩‍👧"


def test_filtered_is_marked_and_html_escaped() -> None:
    shown = tables.show({"a": "[Filtered]", "b": "<b>"})
    assert '<mark class="filtered">[Filtered]</mark>' in shown.html
    assert "<b>" not in shown.html


def test_types_as_sent() -> None:
    kinds = [
        (None, "null"),
        (True, "boolean"),
        (1.5, "number"),
        ("x", "string"),
        ([], "array"),
        ({}, "object"),
    ]
    assert [tables.show(value).kind for value, _ in kinds] == [kind for _, kind in kinds]
    assert tables.show("1", quoted=True).text == '"1"'
    assert tables.show(1).text == "1"
    assert tables.show(float("nan")).text == "NaN"
    assert tables.show(2**70).text == str(2**70)
    assert tables.show(10**5000).text.startswith("0x")


def test_python_sends_repr_others_send_values() -> None:
    assert variables({"a": "'x'"}, "python", Room()).fields[0].value.text == "'x'"
    assert variables({"a": "x"}, "node", Room()).fields[0].value.text == '"x"'
    assert [row.name for row in variables({"__name__": "m", "order": "1"}, "python", Room()).fields] == [
        "order",
        "__name__",
    ]
    assert variables({str(n): n for n in range(100)}, "python", Room()).more == 40


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**9), 10**9)
        | st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
        max_leaves=10,
    )
)
def test_written_tokens_are_json(value: Any) -> None:
    written, cut = json_tokens.tokens(value, 10_000, indent=False)
    assert json.loads("".join(text for _, text in written)) == value
    assert not cut
    text, cut = json_tokens.indented(value, 10_000)
    assert json.loads(text) == value
    assert not cut


def test_pairs_of_every_shape() -> None:
    assert tables.pairs({"a": 1}) == [("a", 1)]
    assert tables.pairs([["a", 1], ["b", 2]]) == [("a", 1), ("b", 2)]
    assert tables.pairs(["x"]) == [("0", "x")]
    assert tables.pairs("x") == [("", "x")]
    assert tables.pairs(None) == []


def test_only_web_addresses_become_links() -> None:
    assert values.web_address("https://example.org/a") == "https://example.org/a"
    for text in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        " ",
        5,
        "https://\u202eexample.org",
    ):
        assert values.web_address(text) == ""


def test_numbers_read_as_they_were_sent() -> None:
    assert [values.scalar(value) for value in (1.5, 5, True, None)] == ["1.5", "5", "true", ""]
    assert values.scalar({"a": [1, "\u202e"]}) == '{"a":[1,"⟨U+202E⟩"]}'
