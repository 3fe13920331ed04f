from __future__ import annotations

import pytest

from accounts.models import Project
from issues.forgetting import whom
from issues.forgetting.whom import Whom
from issues.payload.user import number
from tests.issues.forgetting.conftest import LINK, PERSON
from tests.lib.growth import assert_linear

SHE = Whom(
    frozenset({1}), (("id", "42"), ("email", "zo@example.org"), ("username", "zozo"), ("ip", "203.0.113.7"))
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no mail to ZO@example.org.", "no mail to [forgotten]."),
        ("zo@example.org,zo@example.org", "[forgotten],[forgotten]"),
        ("bozo@example.org zo@example.organ", "bozo@example.org zo@example.organ"),
        ("42 of zozo", "42 of zozo"),  # too short to be known for a name
        ("from 203.0.113.7:443 and 203.0.113.77", "from [forgotten]:443 and 203.0.113.77"),
    ],
)
def test_names_in_texts(text: str, left: str) -> None:
    assert SHE.without(text) == left


@pytest.mark.parametrize(
    ("value", "is_hers"),
    [
        ("zozo", True),
        ("ZoZo", True),
        ("42", False),
        ("id:42", True),
        ("mail of zo@example.org", True),
        ("zozos", False),
    ],
)
def test_values_of_tags(value: str, is_hers: bool) -> None:
    assert SHE.is_value(value) is is_hers


def test_any_text_is_searched_in_linear_time() -> None:
    names = tuple(("username", f"{'a' * n}!") for n in range(5, 40))
    assert_linear(lambda size: "a" * size, Whom(frozenset(), names).without)


def test_people_are_found_by_each_of_their_names(world: Project) -> None:
    for name in ("qxacc-778", "QXZELDA@example.org", "qxzel", "203.0.113.77", str(PERSON)):
        assert PERSON in whom.named(world, name)
    assert whom.named(world, "nobody") == []
    zelda = whom.find(world, PERSON)
    assert zelda is not None
    assert zelda.numbers == {PERSON, number("email:qxzelda@example.org")}
    link = whom.find(world, number(f"id:{LINK['id']}"))
    assert link is not None
    assert len(link.numbers) == 1
    assert whom.find(world, 5) is None
