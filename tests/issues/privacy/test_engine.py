from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.privacy import engine
from issues.privacy.addresses import Addresses
from issues.privacy.own import Rules
from issues.privacy.ruleset import DEFAULT, Policy, policy
from rustrak.lib import tolerant_json
from tests.lib.events import big_event, javascript_event, small_event
from tests.lib.growth import assert_linear

SECRET = "hunter2Zq9"
CARD = "4111111111111111"


def scrubbed(payload: Any, by: Policy = DEFAULT) -> tuple[Any, list[tuple[str, str]]]:
    before = copy.deepcopy(payload)
    found = engine.scrub(payload, by)
    assert payload == before
    assert engine.scrub(payload, by, tolerant_json.dumps(payload)) == found
    return found.payload, [(".".join(map(str, path)), kind) for path, kind in found.removals]


def test_the_places_where_secrets_stand() -> None:
    event = {
        "message": f"postgres://app:{SECRET}@db/shop failed",
        "user": {"id": "7", "password": SECRET, "ip_address": "192.0.2.7"},
        "tags": [["session", SECRET], {"key": "api_key", "value": SECRET}, ["plan", "free"]],
        "request": {
            "url": f"https://shop.example.org/?token={SECRET}&a=1",
            "query_string": [["token", SECRET], ["a", "1"]],
            "headers": [["Authorization", f"Bearer {SECRET}"], ["Accept", "*/*"]],
            "cookies": {"theme": SECRET, "empty": "", "on": True},
            "data": f'{{"user":{{"password":"{SECRET}"}},"cart":[1,2]}}',
            "env": {"REMOTE_ADDR": "192.0.2.7", "HTTP_COOKIE": f"a={SECRET}"},
        },
        "breadcrumbs": [{"data": {"args": f"SET password = '{SECRET}'"}}],
        "exception": {"values": [{"value": f"login(password='{SECRET}')", "stacktrace": {"frames": [{
            "vars": {"credentials": [SECRET, {"a": SECRET}], "card": f"'{CARD}'", "number": int(CARD), "text": f"{{'pwd': '{SECRET}'}}"},
            "context_line": "token = request.GET['token']", "pre_context": ["password='x1'"],
        }]}}]},
        "extra": {"environ": {"MY_PASS": SECRET, "PATH": "/bin", "URL": f"https://u:{SECRET}@h"}, "argv": ["x", "--password", SECRET]},
        "contexts": {"job": {"secretKey": SECRET, f"https://u:{SECRET}@h": 1}},
        "modules": {"token": "1.0", "django-session": "2"},
        "_meta": {"user": {"password": {"": {"rem": [["x", "s"]]}}}},
    }  # fmt: skip
    after, removals = scrubbed(event)
    written = tolerant_json.dumps(after).decode()
    assert SECRET not in written
    assert CARD not in written
    assert SECRET not in str(removals)
    assert after["request"]["cookies"] == {"theme": "[removed: cookie]", "empty": "", "on": True}
    assert after["request"]["data"] == '{"user":{"password":"[removed: password]"},"cart":[1,2]}'
    assert after["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"]["credentials"] == [
        "[removed: credentials]",
        {"a": "[removed: credentials]"},
    ]
    for part in ("modules", "_meta"):
        assert after[part] is event[part]
    frame = after["exception"]["values"][0]["stacktrace"]["frames"][0]
    assert (frame["context_line"], frame["pre_context"]) == (
        "token = request.GET['token']",
        ["password='x1'"],
    )
    assert after["extra"]["environ"] == {
        "MY_PASS": "[removed: password]",
        "PATH": "/bin",
        "URL": "https://u:[removed: password]@h",
    }
    assert after["extra"]["argv"] == ["x", "--password", "[removed: password]"]
    assert ("request.headers.0.1", "authorization") in removals
    assert len(removals) == engine.scrub(event, DEFAULT).total == 21
    assert scrubbed(after) == (after, [])


@pytest.mark.parametrize(
    "event", [small_event(), big_event(), javascript_event()], ids=["small", "big", "javascript"]
)
def test_usual_events_stay_the_same_objects(event: dict[str, Any]) -> None:
    assert engine.scrub(event, DEFAULT).payload is event
    assert engine.scrub_json(tolerant_json.dumps(event), DEFAULT) == (tolerant_json.dumps(event), None)


CODE = [
    "  case 'session': start()",
    "return token",
    "--token",
    'a contextual "context_line": it',
    "password = 'x1'",
]
LINES = st.lists(st.sampled_from([*CODE, f"https://u:{SECRET}@h", "é"]), max_size=6)


@given(LINES, st.sampled_from(CODE), LINES, st.dictionaries(st.sampled_from(CODE), LINES, max_size=2))
def test_lines_of_code_are_the_same_objects_unless_a_form_is_found(
    before: list[str], line: str, after: list[str], others: dict[str, list[str]]
) -> None:
    frame = {"lineno": 1, "pre_context": before, "context_line": line, "post_context": after}
    found = engine.scrub([frame, others], DEFAULT).payload
    code = [text.replace(SECRET, "[removed: password]") for text in (*before, line, *after)]
    assert [*found[0]["pre_context"], found[0]["context_line"], *found[0]["post_context"]] == code
    assert (found[0] is frame) == (SECRET not in str(frame))
    # The same texts elsewhere are values.
    assert found[1] == engine.scrub([others], DEFAULT).payload[0]


def test_code_without_secrets_needs_no_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issues.privacy.candidates.Walk", None)
    event = {"frames": [{"pre_context": CODE, "context_line": line, "post_context": CODE} for line in CODE]}
    assert engine.scrub(event, DEFAULT).payload is event


ADDRESSES = {
    "user": {"ip_address": "192.0.2.7", "id": 1},
    "request": {
        "headers": {"X-Forwarded-For": "192.0.2.7, 2001:db8:1:2::3"},
        "env": {"REMOTE_ADDR": "192.0.2.7"},
    },
    "contexts": {"host": {"addr": "192.0.2.7", "ip": ["192.0.2.7"]}},
    "message": "no route to 192.0.2.7",
}


@pytest.mark.parametrize(
    ("how", "address", "forwarded"),
    [
        (Addresses.TRUNCATE, "192.0.2.0", "192.0.2.0, 2001:db8:1::"),
        (Addresses.REMOVE, "[removed: IP address]", "[removed: IP address], [removed: IP address]"),
    ],
)
def test_addresses_go_where_a_name_says_that_one_stands(how: Addresses, address: str, forwarded: str) -> None:
    after, removals = scrubbed(ADDRESSES, policy(Rules(addresses=how)))
    assert after["user"] == {"ip_address": address if how is Addresses.TRUNCATE else None, "id": 1}
    assert after["request"] == {"headers": {"X-Forwarded-For": forwarded}, "env": {"REMOTE_ADDR": address}}
    assert after["contexts"] == {"host": {"addr": "192.0.2.7", "ip": [address]}}
    assert after["message"] == ADDRESSES["message"]
    assert {kind for _, kind in removals} == {"IP address"}


def test_rules_of_people() -> None:
    own = policy(
        Rules(removed_names=("customer_*", "*iban2*"), patterns=("ORD-[0-9]+",)),
        Rules(kept_names=("session",)),
    )
    event = {
        "a": [{"Customer_Name": "Ana", "myIBAN2x": 1, "session": "s"}],
        "m": "ORD-12 is late",
        "ORD-7": {"pre_context": ["ORD-8"]},
    }
    after, removals = scrubbed(event, own)
    assert after == {
        "a": [{"Customer_Name": "[removed]", "myIBAN2x": "[removed]", "session": "s"}],
        "m": "[removed] is late",
        "[removed]": {"pre_context": ["[removed]"]},
    }
    assert [kind for _, kind in removals] == ["rule customer_*", "rule *iban2*", *["rule ORD-[0-9]+"] * 3]
    assert engine.scrub_text("ORD-12.txt", own) == "[removed].txt"


def test_names_that_become_equal_stay_apart() -> None:
    after, _ = scrubbed(
        {"https://u:one1@h": 1, "https://u:two2@h": 2, "https://u:[removed: password]@h 2": 3}
    )
    assert sorted(after.values()) == [1, 2, 3]


def test_removals_beyond_the_first_are_counted() -> None:
    found = engine.scrub({"a": [{"password": f"p{n}"} for n in range(300)]}, DEFAULT)
    assert (len(found.removals), found.total) == (engine.MOST_NAMED, 300)


@pytest.mark.parametrize(
    "form",
    [r'{"pass\u0077ord":"%s"}', r'{"a":"https:\/\/u:%s@h"}', '{ "password" : "%s" }', r'{"\u0070wd":"%s"}'],
)
def test_escapes_and_spaces_hide_nothing(form: str) -> None:
    data = (form % SECRET).encode()
    after, found = engine.scrub_json(data, DEFAULT)
    assert SECRET.encode() not in after
    assert found is not None
    assert found.total == 1
    assert engine.scrub(tolerant_json.loads(data)[0], DEFAULT, data).total == 1


def test_other_bytes_than_json_are_left_alone() -> None:
    for data in (b"", b"password=x", b'{"password":', b"\xff\xfe"):
        assert engine.scrub_json(data, DEFAULT) == (data, None)


PLAIN = st.text(alphabet="abXY é\"\\/:=&'<>{}[]\n19.@_-%", max_size=12)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    PLAIN,
)
PLACES = st.sampled_from(
    [
        lambda secret: {"password": secret}, lambda secret: {"x": f"https://u:{secret}@h"}, lambda secret: [["api_key", secret]],
        lambda secret: {"x": f"a=1&token={secret}"}, lambda secret: {f"redis://:{secret}@h": None}, lambda secret: [f"--secret={secret}"],
        lambda secret: {"cookies": [{"a": [secret]}]}, lambda secret: {"x": f"{{'csrf': '{secret}'}}"}, lambda secret: {"environ": {"X_KEY": secret}},
        lambda secret: {"x": tolerant_json.dumps({"session": {"a": secret}}).decode()}, lambda secret: [f"Bearer {secret}"],
        lambda secret: {"name": "pwd", "value": secret},
    ]
)  # fmt: skip


def _trees(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
        max_leaves=12,
    )


@given(st.lists(st.tuples(_trees(SCALARS), PLACES), min_size=1, max_size=4))
def test_what_matches_is_gone_wherever_it_stands_and_the_rest_is_the_same(
    parts: list[tuple[Any, Any]],
) -> None:
    payload = [[plain, place(SECRET)] for plain, place in parts]
    found = engine.scrub(payload, DEFAULT)
    assert SECRET not in tolerant_json.dumps(found.payload).decode()
    assert found.total >= len(parts)
    for (plain, _), after in zip(parts, found.payload, strict=True):
        assert tolerant_json.dumps(after[0]) == tolerant_json.dumps(engine.scrub(plain, DEFAULT).payload)


@given(_trees(SCALARS))
def test_any_payload_can_be_read_and_is_scrubbed_once(payload: Any) -> None:
    for by in (
        DEFAULT,
        policy(Rules(addresses=Addresses.REMOVE, removed_names=("ab*",), patterns=("[XY]+",))),
    ):
        once = engine.scrub(payload, by)
        assert bool(once.total) == (once.payload is not payload)
        assert engine.scrub(once.payload, DEFAULT).payload == once.payload


HOSTILE = [
    lambda n: {"a": "\\" * n + '"password": "x"' * n}, lambda n: {f"password{n}": "x" for n in range(n)}, lambda n: ["password=abc"] * n,
    lambda n: [f"https://u:{number}@h" for number in range(n)], lambda n: {"a": "[" * n + '"password"'}, lambda n: [4111111111111111] * n,
    lambda n: {"a": '{"password":"' * n}, lambda n: {"environ": {f"KEY{number}": "abc" for number in range(n)}},
    lambda n: {f"https://u:{number}@h": 1 for number in range(n)}, lambda n: [["token", "x1"]] * n, lambda n: {"password": [["x1"]] * n},
    lambda n: {"a": "token" * n}, lambda n: ["token\\\""] * n, lambda n: {"a": "--token x1 " * n},
    lambda n: {"pre_context": ["return token"] * n}, lambda n: {"pre_context": ["context token"] * n, "a": ["password='x'"] * n},
]  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE)
def test_growth(make: Any) -> None:
    def work(payload: Any) -> None:
        engine.scrub(payload, Policy())

    assert_linear(make, work, largest=1 << 12)
