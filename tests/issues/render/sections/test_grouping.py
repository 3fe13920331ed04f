from __future__ import annotations

from typing import Any

from hypothesis import given

from issues.payload import fingerprint
from issues.payload.rules.taken import Taken
from issues.payload.smart.key import MECHANISM as SMART
from issues.render.sections.grouping import Explanation, explanation
from tests.lib.payloads import as_stored, values

_FRAMES = [
    {"module": "shop.cart", "function": "buy", "in_app": True},
    {
        "module": "shop.cart",
        "function": "Cart.total",
        "in_app": True,
        "context_line": "raise ValueError(f'user {name} has no cart {n}')",
    },
]
_THROWN = {
    "type": "ValueError",
    "value": "user alice has no cart 17\nmore",
    "stacktrace": {"frames": _FRAMES},
}
EVENT: dict[str, Any] = {"exception": {"values": [_THROWN]}, "platform": "python", "transaction": "/buy"}


def _why(event: dict[str, Any], mechanism: int = SMART, **over: Any) -> Explanation:
    rule = over.get("rule")
    keys = fingerprint.grouping_keys(event, None, None, rule.fingerprint if rule else None)
    key = keys.smart if mechanism >= SMART else keys.classic
    options = {
        "key": key,
        "key_hash": fingerprint.key_hash(key),
        "mechanism": mechanism,
        "uses": "smart",
    } | over
    return explanation(event, **options)


def test_each_part_of_a_smart_key_has_its_source_and_what_was_replaced() -> None:
    why = _why(EVENT)
    assert (why.mechanism, why.version, why.by, why.is_known, why.is_former) == (
        "smart",
        1,
        "default",
        True,
        False,
    )
    assert [(part.what, part.text, part.source) for part in why.parts] == [
        ("Type", "ValueError", "exception.values[0].type"),
        ("Message", "user <*> has no cart <*>", "exception.values[0].value"),
        ("Function", "in shop.cart.total", "stack trace, frame 2"),
    ]
    assert [(one.before, one.why) for one in why.parts[1].replaced] == [
        ("alice", "not in the line of code"),
        ("17", "number"),
    ]
    assert "".join(one.before for one in why.parts[1].segments) == "user alice has no cart 17"
    assert any("transaction is left out" in sentence for sentence in why.left_out)
    assert (why.other, why.other_key) == ("classic", "ValueError: user alice has no cart 17 ⋄ /buy")


def test_a_classic_key_says_what_was_cut() -> None:
    why = _why(EVENT, fingerprint.MECHANISM)
    assert (why.mechanism, why.version, why.is_former) == ("classic", 2, True)
    assert [part.source for part in why.parts] == [
        "exception.values[0].type",
        "exception.values[0].value",
        "transaction",
    ]
    assert why.parts[1].note == "Only the first line that has text."


def test_a_fingerprint_is_explained_part_by_part_and_a_rule_takes_its_place() -> None:
    event = EVENT | {"fingerprint": ["{{ default }}", "{{ type }}-x", 7]}
    why = _why(event)
    assert why.by == "fingerprint"
    assert [part.text for part in why.parts[:3]] == ["{{ default }}", "ValueError-x", "7"]
    assert [part.what for part in why.parts[3:]] == ["Type", "Message", "Function"]
    ruled = _why(event, rule=Taken(3, 12, "type:ValueError -> cart", ("cart",)))
    assert (ruled.by, ruled.key, [part.source for part in ruled.parts]) == ("rule", "cart", ["rule[0]"])
    assert any("SDK set is not used" in sentence for sentence in ruled.left_out)


def test_a_useless_message_is_said_to_be_left_out() -> None:
    why = _why({"exception": {"values": [_THROWN | {"value": "'sku-9'"}]}})
    assert any("'sku-9'” is left out" in sentence for sentence in why.left_out)


def test_a_key_that_does_not_follow_from_the_payload_is_said() -> None:
    assert not _why(EVENT, key_hash="0" * 64).is_known


def test_each_mechanism_is_explained_by_the_form_that_its_key_was_made_of() -> None:
    sent = {
        "exception": {"values": [{"type": "aB", "value": "late", "stacktrace": {"frames": [_FRAMES[0]]}}]}
    }
    mapped = {"exception": {"values": [{"type": "Late", "value": "late", "stacktrace": {"frames": _FRAMES}}]}}
    keys, before = fingerprint.grouping_keys(sent, readable=mapped), fingerprint.grouping_keys(sent)
    for key, mechanism, types, is_of_sent in (
        (keys.classic, 2, "aB", False),
        (keys.smart, SMART, "Late", False),
        (before.smart, SMART, "aB", True),
    ):
        why = _why(sent, mechanism, key=key, key_hash=fingerprint.key_hash(key), readable=mapped)
        assert (why.parts[0].text, why.is_known, why.is_of_sent) == (types, True, is_of_sent)


@given(values)
def test_no_event_raises(value: Any) -> None:
    thrown = {"type": value, "value": value, "stacktrace": value}
    for event in (
        {"exception": value},
        {"exception": [thrown], "transaction": value},
        {"logentry": value, "fingerprint": [value]},
    ):
        for mechanism in (fingerprint.MECHANISM, SMART):
            assert _why(as_stored(event), mechanism).is_known


def test_of_a_mapped_event_the_classic_key_is_that_of_what_was_sent() -> None:
    readable = {**EVENT, "exception": {"values": [{**_THROWN, "type": "Readable"}]}}
    classic = _why(EVENT, 2, readable=readable)
    assert (classic.is_known, classic.parts[0].text) == (True, "ValueError")
    assert classic.other_key.startswith("[smart 1] Readable")
    keys = fingerprint.grouping_keys(EVENT, readable=readable)
    smart = _why(EVENT, key=keys.smart, key_hash=fingerprint.key_hash(keys.smart), readable=readable)
    assert (smart.is_known, smart.parts[0].text) == (True, "Readable")
