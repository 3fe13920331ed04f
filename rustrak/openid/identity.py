"""Who somebody is, from the claims of a provider. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_SUBJECT = 255
MOST_GROUPS = 2000


@dataclass(frozen=True, slots=True)
class Identity:
    """`issuer` and `subject` are the person for ever. `email` is in lower case, or empty, and may be anything unless `is_verified`.

    `groups` is None when the provider has said nothing of them that counts: there are too many to list.
    """

    issuer: str
    subject: str
    email: str
    is_verified: bool
    name: str = ""
    groups: frozenset[str] | None = frozenset()


def from_claims(kind: str, issuer: str, claims: Mapping[str, Any], groups_claim: str) -> Identity:
    """The identity that these claims of a provider of this kind describe. Raises ValueError without a usable subject."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise ValueError("no subject")
    email = claims.get("email")
    name = claims.get("name")
    return Identity(
        issuer,
        subject,
        email.strip().lower() if isinstance(email, str) else "",
        _is_verified(kind, claims),
        " ".join(name.split()) if isinstance(name, str) else "",
        _groups(claims, groups_claim),
    )


def _is_verified(kind: str, claims: Mapping[str, Any]) -> bool:
    """Whether the provider vouches that the address is the person's, now."""
    if kind == "microsoft":
        # Any admin of a tenant can write any address into `email`; this optional claim says that its domain is theirs.
        return _is_true(claims.get("xms_edov"))
    if not _is_true(claims.get("email_verified")):
        return False
    # Google has once seen that the person reads other addresses, but not that they still do.
    return (
        kind != "google" or bool(claims.get("hd")) or str(claims.get("email")).lower().endswith("@gmail.com")
    )


def _is_true(value: object) -> bool:
    # Some providers write texts or numbers.
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in {"true", "1"})


def _groups(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """The groups in the claim `name`, which may be a path, as in `realm_access.roles`. None when the provider left them out.

    No claim is no group: several providers leave the claim out for people who are in none.
    """
    if not name:
        return frozenset()
    # Microsoft does so with more than 200 groups: "_claim_names" then says where they could be asked for.
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, dict) and name in elsewhere:
        return None
    value: Any = claims
    if name in claims:
        value = claims[name]
    else:
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    if len(listed) > MOST_GROUPS:
        return None
    return frozenset(group for group in listed if isinstance(group, str))
