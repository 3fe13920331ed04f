from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from issues.payload import fingerprint
from issues.payload.smart.key import PREFIX, smart_key, smart_text
from tests.lib.payloads import NAMES, as_stored, recorded, values


def _thrown(type_: str, value: str, *functions: str, **over: Any) -> dict[str, Any]:
    frames = [{"module": "shop", "function": function, "in_app": True} for function in functions]
    return {"type": type_, "value": value, "stacktrace": {"frames": frames}, **over}


def _key(*thrown: dict[str, Any], **over: Any) -> str:
    return smart_key({"exception": {"values": list(thrown)}, "platform": "python", **over}).text


def test_type_message_and_function_make_the_key() -> None:
    key = _key(_thrown("Scarce", "only 3 left", "view", "take"), transaction="/buy/3")
    assert key == f"{PREFIX}Scarce ⋄ only <*> left ⋄ in shop.take"
    assert key == _key(_thrown("Scarce", "only 9 left", "job", "take"), transaction="job")


def test_where_the_message_is_useless_the_functions_decide() -> None:
    first, second = _key(_thrown("KeyError", "'a'", "take")), _key(_thrown("KeyError", "'b'", "take"))
    assert first == second == f"{PREFIX}KeyError ⋄ in shop.take"
    assert _key(_thrown("KeyError", "'a'", "give")) != first


def test_without_functions_the_transaction_says_where() -> None:
    one = {"type": "TypeError", "value": "Cannot read properties of undefined (reading 'price')"}
    key = _key(one, transaction="GET https://a.example/orders/123/edit?x=1")
    assert (
        key
        == f"{PREFIX}TypeError ⋄ Cannot read properties of undefined (reading price) ⋄ at GET /orders/<*>/edit"
    )
    assert _key({"type": "t", "value": "bad thing"}, platform="node") == f"{PREFIX}<minified> ⋄ bad thing"


def test_the_chain_of_causes_counts_and_a_mere_context_does_not() -> None:
    wrapper = _thrown("ServiceError", "failed", "call")
    deadlock, timeout = _thrown("Deadlock", "row 5 is locked", "save"), _thrown("Timeout", "", "save")
    key = _key(deadlock, wrapper)
    assert (
        key == f"{PREFIX}ServiceError ⋄ in shop.call ⋄ from Deadlock ⋄ says row <*> is locked ⋄ in shop.save"
    )
    assert _key(timeout, wrapper) != key
    assert _key(deadlock, wrapper, wrapper) == key
    context = deadlock | {"mechanism": {"source": "__context__"}}
    assert _key(context, wrapper) == _key(wrapper)


def test_of_a_group_each_type_counts_once() -> None:
    group = _thrown("ExceptionGroup", "2 sub-exceptions", "run", mechanism={"is_exception_group": True})
    a, b = _thrown("A", "1"), _thrown("B", "2")
    assert _key(a, b, group) == _key(b, a, a, group)
    assert _key(a, group) != _key(a, b, group)


def test_a_full_stack_says_nothing_else() -> None:
    for value in ("maximum recursion depth exceeded", "maximum recursion depth exceeded in comparison"):
        assert _key(_thrown("RecursionError", value, "main", *["a", "b"] * 20)) == (
            f"{PREFIX}RecursionError ⋄ in shop.a < shop.b"
        )


def test_a_log_message_is_grouped_by_its_template_and_logger() -> None:
    sent = {
        "logentry": {"message": "pay %s failed", "params": [3]},
        "logger": "shop.pay",
        "transaction": "/x",
    }
    assert smart_key(sent).text == f"{PREFIX}message ⋄ pay <*> failed ⋄ logger shop.pay"
    assert smart_key({"message": "pay 7 failed", "logger": "shop.pay"}).text == smart_key(sent).text
    assert smart_key({}).text == f"{PREFIX}<unknown>"


def test_a_fingerprint_wins_and_names_the_default_key_of_the_mechanism() -> None:
    event = {"message": "only 3 left", "fingerprint": ["{{ default }}", "eu"]}
    keys = fingerprint.grouping_keys(event)
    assert keys == (
        "Log Message: only 3 left ⋄ <no transaction> ⋄ eu",
        f"{PREFIX}message ⋄ only <*> left ⋄ eu",
    )
    both = fingerprint.grouping_keys(event | {"fingerprint": ["own"]})
    assert both.classic == both.smart == "own"


def test_the_short_way_makes_the_same_key() -> None:
    for name in NAMES:
        event = recorded(name)
        whole = smart_key(event).text
        # Twice: the second time names, types and messages are known.
        assert smart_text(event) == smart_text(event) == whole
    usual = {
        "exception": {"values": [_thrown("Scarce", "only 3 left", "view", "take")]},
        "platform": "python",
    }
    for change in (
        {}, {"platform": None}, {"exception": {"values": [_thrown("Scarce", "", "view", "fail")]}},
        {"exception": {"values": [_thrown("RecursionError", "x", *["a", "b"] * 9)]}},
    ):  # fmt: skip
        event = json.loads(json.dumps(usual | change))
        assert smart_text(event) == smart_key(event).text == smart_text(event)


@given(values, values)
def test_any_event_has_one_key(one: Any, other: Any) -> None:
    thrown = {"type": one, "value": other, "mechanism": one, "stacktrace": {"frames": other}}
    frame = {"function": one, "module": other, "filename": other, "in_app": True, "context_line": one}
    for sent in (
        {"exception": {"values": [thrown]}, "transaction": one},
        {"exception": {"values": [thrown, thrown | {"type": "E"}]}, "platform": one},
        {
            "exception": {"values": [{"type": "E", "value": other, "stacktrace": {"frames": [frame]}}]},
            "platform": "python",
        },
        {"message": one, "logger": other, "threads": other},
    ):
        event = as_stored(sent)
        key = smart_key(event)
        assert smart_text(event) == smart_text(event) == key.text
        assert key.text.startswith(PREFIX)
        assert len(key.text) < 4096
