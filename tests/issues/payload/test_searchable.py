from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from issues.payload import searchable
from issues.payload.searchable import FILES, FUNCTIONS, MODULES, OTHER, TYPES, URLS
from tests.lib.events import python_event, python_frame
from tests.lib.growth import assert_linear


def found(event):
    texts = searchable.texts(event, "/checkout/", "shop.cart.total")
    return [*searchable.own_by_column(texts), *searchable.frames_by_column(texts)]


def test_everything_that_is_searched_for_is_found():
    cause = {
        "type": "KeyError",
        "value": "'sku'",
        "module": "builtins",
        "stacktrace": {"frames": [python_frame(1)]},
    }
    thrown = {"type": "PaymentDeclined", "value": "card declined", "module": "shop.payment"}
    event = {
        "exception": {"values": [cause, thrown]},
        "logentry": {"message": "order %s failed", "params": ["7"]},
        "request": {"url": "https://shop.example/pay"},
        "stacktrace": {"frames": [{"function": "of_event", "abs_path": "/srv/a.py"}]},
        "threads": [{"id": 1, "stacktrace": {"frames": [{"function": "of_thread", "filename": "b.py"}]}}],
    }
    texts = set(found(event))
    assert texts >= {
        (TYPES, "KeyError"), (TYPES, "PaymentDeclined"), (OTHER, "'sku'"), (OTHER, "card declined"),
        (MODULES, "builtins"), (MODULES, "shop.payment"), (OTHER, "order 7 failed"), (OTHER, "order %s failed"),
        (URLS, "https://shop.example/pay"), (URLS, "/checkout/"), (OTHER, "shop.cart.total"),
        (FUNCTIONS, "step_1"), (MODULES, "shop.orders"), (FILES, "shop/orders.py"), (FILES, "/srv/app/shop/orders.py"),
        (FUNCTIONS, "of_event"), (FILES, "/srv/a.py"), (FUNCTIONS, "of_thread"), (FILES, "b.py"),
    }  # fmt: skip


def test_usual_events_are_read_as_all_others():
    for event in (python_event(1), python_event(2, variables=True), python_event(3, frames=400)):
        assert searchable._usual(event, "t", "c") == searchable._any(event, "t", "c")
    without_paths = python_event(4)
    for frame in without_paths["exception"]["values"][0]["stacktrace"]["frames"][1:]:
        del frame["abs_path"]
    without_paths["exception"]["values"].append(without_paths["exception"]["values"][0])
    texts = searchable.texts(without_paths, "t", "c")
    assert texts == searchable._any(without_paths, "t", "c")
    assert texts.exceptions == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["values", "frames", "type", "value", "function", "stacktrace", "url", "message"]), inner, max_size=3
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["exception", "threads", "stacktrace", "request", "logentry", "message"]),
        JSON,
        max_size=4,
    )
)
def test_no_json_is_too_odd(event):
    first, again = (searchable.texts(json.loads(json.dumps(event)), "t", "c") for _ in range(2))
    assert first == again
    for column, text in [*searchable.own_by_column(first), *searchable.frames_by_column(first)]:
        assert column in searchable.COLUMNS
        assert isinstance(text, str)


def test_what_is_gathered_is_bounded_and_takes_linear_time():
    def event(size):
        frames = [{"function": "f" * (size // 64 + 1), "module": ["m"]}] * size
        thrown = {"type": "T" * size, "value": "v" * size, "stacktrace": {"frames": frames}}
        return {"exception": {"values": [thrown] * 8}, "threads": [{"stacktrace": {"frames": frames}}] * 100}

    assert_linear(event, found, largest=1 << 14)
    made = found(event(1000))
    assert len(made) <= 4 * searchable.MOST_FRAMES + 3 * searchable.MOST_EXCEPTIONS + 10
    assert max(len(text) for _, text in made) <= searchable.LONGEST_TEXT
