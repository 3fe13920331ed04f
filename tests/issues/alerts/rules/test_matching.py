"""Filters of rules, against what they look at."""

from __future__ import annotations

from typing import Any

import pytest

from issues.alerts.rules.matching import About, Matcher
from issues.alerts.rules.values import RuleValues
from issues.models import Level

EVENT = About(Level.ERROR, "production", "shop@2.1.0")


def matcher(**fields: Any) -> Matcher:
    return Matcher(RuleValues(name="", **fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"only_errors": True}, True),
        ({"levels": ("error", "info")}, True),
        ({"levels": ("warning",)}, False),
        ({"only_errors": True, "levels": ("warning",)}, False),
        ({"environments": ("staging", "production")}, True),
        ({"environments": ("Production",)}, False),
        ({"environments": ("prod*",)}, False),
        ({"releases": ("shop@2.*",)}, True),
        ({"releases": ("SHOP@*",)}, True),
        ({"releases": ("2.*",)}, False),
        ({"releases": ("1.0", "*.1.0")}, True),
        ({"environments": ("production",), "releases": ("3.*",)}, False),
    ],
)
def test_each_filter_must_let_it_pass(fields: dict[str, Any], expected: bool) -> None:
    assert matcher(**fields).matches(EVENT) is expected


@pytest.mark.parametrize(
    ("level", "expected"), [(10, False), (20, False), (30, False), (40, True), (50, True)]
)
def test_only_fatal_and_error_is_one_switch(level: int, expected: bool) -> None:
    assert matcher(only_errors=True).matches(About(level)) is expected


def test_an_event_without_a_release_matches_no_pattern() -> None:
    assert not matcher(releases=("*",)).matches(About(40))


def test_one_of_the_tags_must_match() -> None:
    it = matcher(tags=(("customer", "acme*"), ("customer", "Beta"), ("browser", "*")))
    assert set(it.tag_keys) == {"customer", "browser"}
    assert it.matches_tags({"customer": ["ACME Ltd"]})
    assert it.matches_tags({"customer": ["x", "beta"]})
    assert it.matches_tags({"browser": ["Firefox"]})
    assert not it.matches_tags({"customer": ["other"], "Browser": ["Firefox"]})
    assert not it.matches_tags({})
    assert matcher().matches_tags({})


def test_impossible_values_are_an_error() -> None:
    with pytest.raises(KeyError):
        matcher(levels=("loud",))
