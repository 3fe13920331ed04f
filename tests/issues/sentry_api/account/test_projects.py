from __future__ import annotations

from accounts import keys
from accounts.models import Project, User
from tests.lib.json_api import Caller


def test_the_keys_of_a_project_with_the_one_of_its_dsn_first(shop: Project, bo: User) -> None:
    (first,) = keys.listed(shop)
    second = keys.create(shop, "iOS", keys.Limits(per_minute=7, per_hour=70))
    third = keys.create(shop, "Web", keys.Limits(per_minute=7))
    keys.change(first, is_enabled=False)
    found = Caller(bo, token=True).get("/api/0/projects/any/shop/keys/")
    assert [(key["label"], key["public"], key["isActive"]) for key in found] == [
        ("iOS", second.key, True),
        ("Default", first.key, False),
        ("Web", third.key, True),
    ]
    assert [key["rateLimit"] for key in found] == [
        {"window": 3600, "count": 70},
        None,
        {"window": 60, "count": 7},
    ]
    assert [key["dsn"]["public"] for key in found] == [second.dsn, first.dsn, third.dsn]
    assert f"sentry_key={third.key}" in found[2]["dsn"]["csp"]
