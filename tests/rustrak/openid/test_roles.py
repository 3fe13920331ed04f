from __future__ import annotations

from typing import Any

import pytest

from rustrak.openid import roles


def test_the_role_that_may_most_counts() -> None:
    grants = roles.read(
        {"all": "member", "ops": ["admin", "shop:viewer"], "shop": "shop:admin", "blog": "blog:member"}
    )
    granted = grants.granted(["all", "ops", "shop", "unknown"])
    assert (granted.role, granted.projects) == ("admin", {"shop": "admin"})
    assert grants.slugs == {"shop", "blog"}
    assert grants.roles == {"admin", "member"}


def test_no_group_grants_nothing() -> None:
    granted = roles.read({"ops": "admin"}).granted([])
    assert (granted.role, granted.projects) == ("", {})


@pytest.mark.parametrize(
    "given", ["root", "shop:owner", "Shop:member", ":admin", 7, ["admin", None], {}, "a b:member"]
)
def test_other_roles_are_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="a group has"):
        roles.read({"ops": given})
