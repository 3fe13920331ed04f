from __future__ import annotations

from itertools import product

import pytest

from issues.privacy.addresses import STRICTNESS, Addresses
from issues.privacy.own import Rules
from issues.privacy.ruleset import ADDRESS, DEFAULT, Policy, policy
from tests.lib.growth import assert_linear


def test_a_project_adds_to_the_installation() -> None:
    both = policy(Rules(removed_names=("customer_*",)), Rules(removed_names=("order",)))
    assert both.kind("customer_name") == "rule customer_*"
    assert both.kind("Order") == "rule order"
    assert both.kind("password") == "password"
    assert both.kind("orders") == ""


def test_a_project_keeps_what_the_defaults_and_its_own_rules_remove_but_not_what_the_installation_does() -> (
    None
):
    project = Rules(removed_names=("order*",), kept_names=("order_id", "session", "customer_id"))
    both = policy(Rules(removed_names=("customer_*",)), project)
    assert [both.kind(name) for name in ("order_id", "order_no", "session", "customer_id")] == [
        "",
        "rule order*",
        "",
        "rule customer_*",
    ]
    assert policy(Rules(kept_names=("session",))).kind("session") == ""


@pytest.mark.parametrize(
    ("installation", "project", "applies"),
    [(None, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_the_default_rules_can_be_switched_off(
    installation: bool | None, project: bool | None, applies: bool
) -> None:
    found = policy(Rules(installation), Rules(project))
    assert found.kind("password") == ("password" if applies else "")
    assert bool(found.in_text("https://u:pw@h").changed.kinds) == applies
    assert found.does_nothing != applies


def test_the_stricter_way_to_treat_addresses_counts() -> None:
    for one, other in product(STRICTNESS, repeat=2):
        found = policy(Rules(addresses=one), Rules(addresses=other))
        assert found.addresses == STRICTNESS[max(STRICTNESS.index(one), STRICTNESS.index(other))]
        assert found.kind("ip_address") == ("" if found.addresses is Addresses.KEEP else ADDRESS)


def test_patterns_remove_what_they_match_and_all_of_a_text_with_very_many_matches() -> None:
    found = policy(Rules(patterns=("ORD-[0-9]+", "é+")))
    assert found.by_patterns("see ORD-12 and ORD-3, café").text == "see [removed] and [removed], caf[removed]"
    assert found.by_patterns("ORD-1 " * 5000).text == "[removed]"
    assert found.by_patterns("nothing") == ("nothing", ())
    assert_linear(lambda n: "ORD-1 é" * n, found.by_patterns, largest=1 << 16)


def test_equal_rules_are_compiled_once_and_caches_are_bounded() -> None:
    assert policy() is DEFAULT
    own = Policy()
    for number in range(3000):
        own.remember(b"%d" % number + b"x" * 1000, ("", "", None, None))  # type: ignore[arg-type]
        own.remember_unmatched(f"{number}" + "x" * 1000)
    assert len(own.decided) < 300
    assert len(own.unmatched) < 600
