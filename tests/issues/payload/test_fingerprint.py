"""One case for each sentence of the grouping contract (docs/api.md)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given

from issues.payload.fingerprint import LONGEST, SEPARATOR, default_key, grouping_key, key_hash
from rustrak.lib import tolerant_json
from tests.lib.payloads import values

ERROR = {"type": "TypeError", "value": "x is null"}


def thrown(*chain: Any, **more: Any) -> dict[str, Any]:
    return {"exception": {"values": list(chain)}, **more}


FINGERPRINTS = [
    (["a"], "a"),
    (["a", "b"], "a ⋄ b"),
    (["{{ default }}"], "TypeError: x is null ⋄ /cart"),
    (["{{default}}", "b"], "TypeError: x is null ⋄ /cart ⋄ b"),
    (["{{  default  }}", "{{ default }}"], "TypeError: x is null ⋄ /cart ⋄ TypeError: x is null ⋄ /cart"),
    (["{{ type }}"], "TypeError"),
    (["{{ nonsense }}"], "{{ nonsense }}"),
    (["{{ type }}", "{{ transaction }}"], "TypeError ⋄ /cart"),
    ([1, 1.5, True, None], "1 ⋄ 1.5 ⋄ true ⋄ null"),
    ([{"a": [1, "ä"]}], '{"a":[1,"ä"]}'),
    ([""], ""),
    ([], "TypeError: x is null ⋄ /cart"),
    ("a", "TypeError: x is null ⋄ /cart"),
    ({"0": "a"}, "TypeError: x is null ⋄ /cart"),
    (None, "TypeError: x is null ⋄ /cart"),
]


@pytest.mark.parametrize(("fingerprint", "key"), FINGERPRINTS)
def test_a_fingerprint_decides(fingerprint: Any, key: str) -> None:
    assert grouping_key(thrown(ERROR, transaction="/cart", fingerprint=fingerprint)) == key


DEFAULTS = [
    (thrown(ERROR), "TypeError: x is null ⋄ <no transaction>"),
    (thrown(ERROR, transaction=""), "TypeError: x is null ⋄ <no transaction>"),
    (thrown(ERROR, transaction=None), "TypeError: x is null ⋄ <no transaction>"),
    (thrown(ERROR, transaction="/cart"), "TypeError: x is null ⋄ /cart"),
    (thrown(ERROR, transaction="t" * 300), f"TypeError: x is null ⋄ {'t' * 200}"),
    (thrown({"type": "First", "value": "cause"}, ERROR), "TypeError: x is null ⋄ <no transaction>"),
    ({"exception": [{"type": "First"}, ERROR]}, "TypeError: x is null ⋄ <no transaction>"),
    ({"exception": ERROR}, "TypeError: x is null ⋄ <no transaction>"),
    (thrown({"type": "E", "value": "one\ntwo"}), "E: one ⋄ <no transaction>"),
    (thrown({"type": "E", "value": "one\r\ntwo"}), "E: one ⋄ <no transaction>"),
    (thrown({"type": "E", "value": ""}), "E ⋄ <no transaction>"),
    (thrown({"type": "E"}), "E ⋄ <no transaction>"),
    (thrown({"type": "E", "value": None}), "E ⋄ <no transaction>"),
    (thrown({"value": "boom"}), "Error: boom ⋄ <no transaction>"),
    (thrown({"type": "", "value": "boom"}), "Error: boom ⋄ <no transaction>"),
    (thrown({}), "Error ⋄ <no transaction>"),
    (thrown({"type": "T" * 300, "value": "v" * 3000}), f"{'T' * 128}: {'v' * 1024} ⋄ <no transaction>"),
    (thrown({"type": "E", "value": {"code": 5}}), 'E: {"code":5} ⋄ <no transaction>'),
    (thrown({"type": "E", "value": "\n \t\r\n\u3000\n\u200b\none\r\ntwo"}), "E: one ⋄ <no transaction>"),
    (thrown({"type": "E", "value": " \n\u200b "}), "E ⋄ <no transaction>"),
    (thrown({"type": "E", "value": "    indented"}), "E:     indented ⋄ <no transaction>"),
    (thrown({"type": "E", "value": " " * 2000 + "far"}), "E: far ⋄ <no transaction>"),
    (thrown({"type": " \u200b", "value": "boom"}), "Error: boom ⋄ <no transaction>"),
    (thrown({"type": "\nTypeError", "value": "boom"}), "TypeError: boom ⋄ <no transaction>"),
    (thrown(ERROR, transaction=" \u3000\n"), "TypeError: x is null ⋄ <no transaction>"),
    (thrown(ERROR, transaction="\n/cart"), "TypeError: x is null ⋄ /cart"),
    ({"message": "\ufeff\n\u202e\nhi"}, "Log Message: hi ⋄ <no transaction>"),
    (
        {"logentry": {"message": " ", "formatted": "\u2028"}, "message": "c"},
        "Log Message: c ⋄ <no transaction>",
    ),
    ({"logentry": {"message": " \n", "formatted": "f"}}, "Log Message: f ⋄ <no transaction>"),
    ({"message": " \u200d\u0301"}, "<unknown> ⋄ <no transaction>"),
    (
        thrown({"type": " ", "value": "v", "mechanism": {"synthetic": True}}, message="hi"),
        "Log Message: hi ⋄ <no transaction>",
    ),
    (thrown(ERROR, message="beside"), "TypeError: x is null ⋄ <no transaction>"),
    (
        thrown({"value": "v", "mechanism": {"synthetic": True}}, message="hi"),
        "Log Message: hi ⋄ <no transaction>",
    ),
    (thrown({"value": "v", "mechanism": {"synthetic": True}}), "Error: v ⋄ <no transaction>"),
    (thrown({"type": "E", "mechanism": {"synthetic": True}}, message="hi"), "E ⋄ <no transaction>"),
    (thrown({"value": "v", "mechanism": {"synthetic": False}}, message="hi"), "Error: v ⋄ <no transaction>"),
    (
        {"logentry": {"message": "a %s", "formatted": "a b"}, "message": "c"},
        "Log Message: a %s ⋄ <no transaction>",
    ),
    ({"logentry": {"formatted": "a b"}, "message": "c"}, "Log Message: a b ⋄ <no transaction>"),
    ({"logentry": {"message": "", "formatted": ""}, "message": "c"}, "Log Message: c ⋄ <no transaction>"),
    ({"message": "c", "transaction": "/t"}, "Log Message: c ⋄ /t"),
    ({"message": "one\ntwo"}, "Log Message: one ⋄ <no transaction>"),
    ({"message": {"message": "a %s", "params": [1]}}, "Log Message: a %s ⋄ <no transaction>"),
    ({"message": 5}, "Log Message: 5 ⋄ <no transaction>"),
    ({}, "<unknown> ⋄ <no transaction>"),
    ({"message": "", "exception": {"values": []}}, "<unknown> ⋄ <no transaction>"),
    ({"exception": None, "logentry": [], "transaction": "/t"}, "<unknown> ⋄ /t"),
    ({"exception": {"values": None}, "transaction": "/t"}, "<unknown> ⋄ /t"),
]


@pytest.mark.parametrize(("event", "key"), DEFAULTS)
def test_the_default_key(event: dict[str, Any], key: str) -> None:
    assert grouping_key(event) == key


def test_a_key_is_looked_up_by_its_sha256() -> None:
    assert key_hash("ä ⋄ b") == hashlib.sha256("ä ⋄ b".encode()).hexdigest()


@given(values, values, values, values, values)
def test_any_value_anywhere_makes_a_key(first: Any, second: Any, third: Any, fourth: Any, fifth: Any) -> None:
    sent = {
        "fingerprint": first,
        "exception": second,
        "logentry": third,
        "message": fourth,
        "transaction": fifth,
    }
    event, _ = tolerant_json.loads(json.dumps(sent).encode())
    assert len(key_hash(grouping_key(event))) == 64


def test_a_key_is_bounded() -> None:
    many = {"fingerprint": ["{{ default }}"] * 400_000, "message": "m" * 1000}
    key = grouping_key(many)
    assert len(key) == LONGEST
    assert key.startswith(default_key(many) + SEPARATOR)
    assert len(grouping_key({"fingerprint": ["x" * 1_000_000]})) == 1_000_000
