"""The provider that the settings name, and what differs between products. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rustrak.openid.roles import Grants

#: Each scope costs a question of the provider to its user, so only what is used is asked for.
_SCOPES = ("openid", "email", "profile")


@dataclass(frozen=True, slots=True)
class Preset:
    """What is known of a product. Without an `issuer` the operator must name one, such as `example`."""

    name: str
    issuer: str = ""
    example: str = ""
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = _SCOPES
    # Asked for as well when groups have roles.
    group_scopes: tuple[str, ...] = ()


PRESETS = {
    "generic": Preset("single sign-on", example="https://id.example.org"),
    "keycloak": Preset("Keycloak", example="https://id.example.org/realms/company"),
    "google": Preset("Google", "https://accounts.google.com", groups_claim=""),
    "github": Preset(
        "GitHub",
        "https://github.com",
        scopes=("read:user", "user:email"),
        group_scopes=("read:org",),
    ),
    "gitlab": Preset("GitLab", "https://gitlab.com"),
    "microsoft": Preset(
        "Microsoft", example="https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0"
    ),
    "okta": Preset("Okta", example="https://example.okta.com", group_scopes=("groups",)),
}
# Of login.microsoftonline.com: whoever has any account at Microsoft could sign in.
_SHARED_TENANTS = {"common", "organizations", "consumers"}


@dataclass(frozen=True, slots=True)
class Provider:
    """`kind` is one of PRESETS; `name` is shown. `issuer` has no slash at its end unless the provider writes one.

    `domains` are the only ones whose addresses may sign in, in lower case; empty: any. With `creates_accounts`, whoever the
    provider lets in gets an account. With `is_only_way` there are no passwords.
    """

    kind: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = _SCOPES
    groups_claim: str = ""
    grants: Grants = field(default_factory=Grants)
    domains: frozenset[str] = frozenset()
    creates_accounts: bool = False
    is_only_way: bool = False

    @property
    def is_github(self) -> bool:
        return self.kind == "github"


def configured(
    kind: str,
    *,
    issuer: str = "",
    client_id: str = "",
    client_secret: str = "",
    name: str = "",
    groups_claim: str = "",
    grants: Grants | None = None,
    domains: frozenset[str] = frozenset(),
    creates_accounts: bool = False,
    is_only_way: bool = False,
) -> Provider | None:
    """The provider of the settings; None without one. Raises ValueError, naming the setting, for settings that do not fit."""
    if not kind:
        if is_only_way:
            raise ValueError("OIDC_ONLY=true needs OIDC_PROVIDER: otherwise nobody could sign in")
        if issuer or client_id:
            raise ValueError(f"OIDC_PROVIDER is missing: one of {', '.join(PRESETS)}")
        return None
    preset = PRESETS[kind]
    issuer = issuer or preset.issuer
    if not issuer:
        raise ValueError(
            f"OIDC_ISSUER is required with OIDC_PROVIDER={kind}. Example: OIDC_ISSUER={preset.example}"
        )
    if kind == "microsoft" and _SHARED_TENANTS & set(urlsplit(issuer).path.split("/")):
        raise ValueError(
            "OIDC_ISSUER must name your own tenant: with a shared one, any Microsoft account could sign in. "
            f"Example: OIDC_ISSUER={preset.example}"
        )
    for setting, value in (("OIDC_CLIENT_ID", client_id), ("OIDC_CLIENT_SECRET", client_secret)):
        if not value:
            raise ValueError(
                f"{setting} is required with OIDC_PROVIDER={kind}: the provider shows it when Rustrak is registered there"
            )
    grants = grants or Grants()
    groups_claim = groups_claim or preset.groups_claim
    if grants and not groups_claim:
        raise ValueError(f"OIDC_ROLES needs OIDC_GROUPS_CLAIM: {preset.name} names no groups by itself")
    return Provider(
        kind,
        name or preset.name,
        issuer,
        client_id,
        client_secret,
        preset.scopes + (preset.group_scopes if grants else ()),
        groups_claim,
        grants,
        domains,
        creates_accounts,
        is_only_way,
    )


def issuer(raw: str) -> str:
    """The address of an issuer, exactly as the provider writes it. Raises ValueError."""
    parts = urlsplit(raw)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an https address")
    if parts.query or parts.fragment or not raw.isascii() or any(char.isspace() for char in raw):
        raise ValueError("must have no query, fragment, blanks or characters beyond ASCII")
    return raw


def domains(raw: str) -> frozenset[str]:
    """Domains of e-mail addresses, separated by commas. Raises ValueError."""
    found = frozenset(part.strip().lower().removeprefix("@") for part in raw.split(",") if part.strip())
    if not all(re.fullmatch(r"[\w-]+(\.[\w-]+)+", one) for one in found):
        raise ValueError("must be domains of e-mail addresses, separated by commas")
    return found
