from __future__ import annotations

from typing import Any

import pytest

from rustrak.openid.identity import MOST_GROUPS, from_claims


@pytest.mark.parametrize(
    ("kind", "claims", "verified"),
    [
        ("generic", {"email_verified": True}, True),
        ("generic", {"email_verified": "true"}, True),
        ("generic", {}, False),
        ("generic", {"email_verified": False}, False),
        ("generic", {"email_verified": "false"}, False),
        ("generic", {"email_verified": [True]}, False),
        # An admin of a tenant can write any address, and says nothing of its domain.
        ("microsoft", {"email_verified": True}, False),
        ("microsoft", {"xms_edov": True}, True),
        ("microsoft", {"xms_edov": "1"}, True),
        ("google", {"email_verified": True}, False),
        ("google", {"email_verified": True, "hd": "example.org"}, True),
        ("google", {"email_verified": True, "email": "Bo@GMAIL.com"}, True),
        ("google", {"email_verified": False, "email": "bo@gmail.com"}, False),
    ],
)
def test_when_an_address_counts_as_theirs(kind: str, claims: dict[str, Any], verified: bool) -> None:
    found = from_claims(kind, "https://id.example.org", {"sub": "7", "email": "bo@example.org", **claims}, "")
    assert found.is_verified is verified


@pytest.mark.parametrize(
    ("claims", "name", "groups"),
    [
        ({"groups": ["a", "b", 7]}, "groups", {"a", "b"}),
        ({"groups": "a"}, "groups", {"a"}),
        ({}, "groups", set()),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://example.org/groups": ["a"]}, "https://example.org/groups", {"a"}),
        ({"realm_access": "a"}, "realm_access.roles", set()),
        ({"groups": [str(number) for number in range(MOST_GROUPS + 1)]}, "groups", None),
        ({"_claim_names": {"groups": "src1"}}, "groups", None),
    ],
)
def test_groups(claims: dict[str, Any], name: str, groups: set[str] | None) -> None:
    assert from_claims("generic", "https://id.example.org", {"sub": "7", **claims}, name).groups == groups


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256, "a\0b"])
def test_there_is_a_subject(subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        from_claims("generic", "https://id.example.org", {"sub": subject}, "")
