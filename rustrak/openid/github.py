"""Who somebody is, from GitHub, which has OAuth 2 and no ID tokens. The issuer is the address of GitHub or GitHub Enterprise."""

from __future__ import annotations

from typing import Any

from rustrak.openid import asking
from rustrak.openid.asking import Failed
from rustrak.openid.discovery import Metadata
from rustrak.openid.identity import Identity
from rustrak.openid.provider import Provider

_PUBLIC = "https://github.com"
#: Of one person; there are few with more organisations or teams.
_PAGE = 100


def metadata(issuer: str) -> Metadata:
    """GitHub's addresses, which it does not publish."""
    base = issuer.rstrip("/")
    return Metadata(f"{base}/login/oauth/authorize", f"{base}/login/oauth/access_token", "", "", False, False)


def identity(provider: Provider, token: str) -> Identity:
    """Whom the access token belongs to, with the primary address and, if groups have roles, `organisation` and `organisation/team`.

    Raises Failed.
    """
    base = provider.issuer.rstrip("/")
    api = "https://api.github.com" if base == _PUBLIC else f"{base}/api/v3"
    user = asking.read(f"{api}/user", token)
    number = user.get("id") if isinstance(user, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Failed("GitHub did not say who you are.", "/user has no id")
    addresses = _objects(asking.read(f"{api}/user/emails?per_page={_PAGE}", token))
    primary = next((one for one in addresses if one.get("primary") is True), {})
    email, name = primary.get("email"), user.get("name") or user.get("login")
    return Identity(
        provider.issuer,
        str(number),
        email.strip().lower() if isinstance(email, str) else "",
        primary.get("verified") is True,
        " ".join(name.split()) if isinstance(name, str) else "",
        _groups(api, token) if provider.grants else frozenset(),
    )


def _groups(api: str, token: str) -> frozenset[str] | None:
    organisations = _objects(asking.read(f"{api}/user/orgs?per_page={_PAGE}", token))
    teams = _objects(asking.read(f"{api}/user/teams?per_page={_PAGE}", token))
    if len(organisations) >= _PAGE or len(teams) >= _PAGE:
        return None
    found = {str(one.get("login")) for one in organisations}
    for team in teams:
        organisation = team.get("organization")
        if isinstance(organisation, dict):
            found.add(f"{organisation.get('login')}/{team.get('slug')}")
    return frozenset(found)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
