from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from issues.payload import message
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("template", "params", "filled"),
    [
        ("%s of %s", ["one", 2], "one of 2"),
        ("%(who)s: %(n)d", {"who": "Ana", "n": 3}, "Ana: 3"),
        ("{} and {}", ["a", "b"], "a and b"),
        ("{who} {0}", {"who": "Ana", "0": "x"}, "Ana x"),
        ("{1} {0}", ["a", "b"], "b a"),
        ("%.2f s", [1.23456], "1.23 s"),
        ("100%% of %s", ["it"], "100% of it"),
        ("%s", [{"a": 1}], '{"a":1}'),
        ("%s", [None], ""),
        ("%s %s", ["one"], "%s %s"),
        ("%(who)s", ["Ana"], "%(who)s"),
        ("%s", {"who": "Ana"}, "%s"),
        ("100% sure", ["x"], "100% sure"),
        ("nothing here", ["x"], "nothing here"),
        ("%s", "text", "%s"),
        ("%s", None, "%s"),
        ("{0.__class__}", ["x"], "{0.__class__}"),
        ("%99999999d", [1], "%99999999d"),
        ("%(who)s paid {amount}", {"who": "jane", "amount": 3}, "jane paid 3"),
        ("%(who)s sent {this}", {"who": "jane"}, "jane sent {this}"),
        ("%(who)s said {who}", {"who": "{n}", "n": 1}, "{n} said {n}"),
        ("got {} from %s", ["x"], "got {} from x"),
        ("100%% of {}", ["it"], "100%% of it"),
        ("%(a b)s", {"a b": 1}, "1"),
        ("%(n)o", {"n": 8}, "8"),
        ("%(-1)s", ["x"], "%(-1)s"),
        ("%x", [1.5], "1.5"),
        ("%02x", [1.5], "%02x"),
    ],
)
def test_parameters_are_filled_in(template: str, params: Any, filled: str) -> None:
    assert message.fill(template, params) == filled


def test_filling_in_is_bounded() -> None:
    assert len(message.fill("%(a)s" * 100_000, {"a": "x" * 1_000_000})) < 2_000_000


def test_formatted_numbers_are_bounded_too() -> None:
    assert len(message.fill("%99.99f" * 1000, [10**300] * 1000)) < 30_000
    assert len(message.fill("%d" * 4000, [10**3999] * 4000)) < 30_000


@pytest.mark.parametrize(
    ("template", "param"),
    [
        ("{0}" * 2700, lambda size: [10**20, *[0] * size]),
        ("%(0)s" * 1600, lambda size: [[]] * size),
        ("{}" * 4000, lambda size: {str(number): [] for number in range(size)}),
        ("%s" * 4000, lambda size: "\x01" * size),
    ],
)
def test_the_time_for_a_parameter_grows_only_as_far_as_it_is_used(
    template: str, param: Callable[[int], Any]
) -> None:
    # Whole and for each placeholder it took minutes from a million members on.
    assert_linear(param, lambda value: message.fill(template, [value] * 4000))
    assert_linear(param, lambda value: message.fill(template, {"0": value}))


@pytest.mark.parametrize("unit", ["{0", "%(", "%(a", "{", "%", "%%", "{0}%", "%99", "%(a)", "{a}%s"])
@pytest.mark.parametrize("params", [[1], {"a": 1}])
def test_the_time_for_a_template_grows_with_its_length(unit: str, params: Any) -> None:
    assert_linear(lambda size: unit * size, lambda template: message.fill(template, params))


@pytest.mark.parametrize(
    ("event", "unformatted", "formatted"),
    [
        ({"logentry": {"message": "a %s", "params": ["b"]}}, "a %s", "a b"),
        ({"logentry": {"message": "a %s", "formatted": "A B", "params": ["b"]}}, "a %s", "A B"),
        ({"logentry": "plain", "message": "other"}, "plain", "plain"),
        ({"sentry.interfaces.Message": {"message": "old %s", "params": [1]}}, "old %s", "old 1"),
        ({"message": {"formatted": "f"}}, "f", "f"),
        ({"logentry": {"message": 5}}, "5", "5"),
        ({"logentry": 0, "message": "x"}, "0", "0"),
        ({"logentry": {}, "message": "x"}, "x", "x"),
        ({"logentry": " ", "message": "x"}, "x", "x"),
        ({"logentry": "\u200b\n\u3000", "message": "x"}, "x", "x"),
        ({"logentry": {"message": "", "params": [1]}, "message": "x"}, "x", "x"),
        ({"logentry": {"message": "a", "formatted": " "}}, "a", "a"),
        ({"message": " "}, "", ""),
        ({}, "", ""),
    ],
)
def test_messages_of_every_form(event: dict[str, Any], unformatted: str, formatted: str) -> None:
    assert (message.unformatted(event), message.formatted(event)) == (unformatted, formatted)


def test_a_long_parameter_and_a_long_template_stay_whole() -> None:
    assert message.fill("%s!", ["x" * 3000]) == "x" * 3000 + "!"
    long = "%s" + "y" * 20_000
    assert message.fill(long, ["x"]) == "x" + "y" * 20_000
    assert message.fill(long, {"a": 1}) == long


def test_where_a_message_was_read() -> None:
    found = message.read({"logentry": {}, "message": {"message": "a %s", "params": ["b"]}})
    assert found == ("a b", "a %s", ["b"], "message", False)
    found = message.read({"logentry": {"message": "a %s", "formatted": "a c", "params": ["b"]}})
    assert found == ("a c", "a %s", ["b"], "logentry", True)
    assert message.read({"message": ""}) is None
