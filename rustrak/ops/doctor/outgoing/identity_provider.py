"""Whether people can sign in through the provider of the settings. Nobody is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from accounts.oidc import roles
from rustrak.lib.http.hosts import is_local
from rustrak.openid import client, discovery
from rustrak.openid.asking import together
from rustrak.openid.provider import Provider
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "sign-in provider"
_SETTINGS = (
    "Compare OIDC_ISSUER with what the provider calls itself; OUTBOUND_ALLOW allows one in your own network."
)


def check() -> Iterator[Finding]:
    """Asks the provider for its addresses and keys. No findings without a provider."""
    provider: Provider | None = settings.OIDC
    if provider is None:
        return
    discovery.forget()
    try:
        with together():
            about = client.metadata(provider)
            known = provider.is_github or bool(discovery.keys(about.keys))
    except client.Failed as failed:
        detail = f" ({failed.detail})" if failed.detail and failed.detail not in failed.message else ""
        yield problem(
            SUBJECT, f"nobody can sign in with {provider.name}: {failed.message}{detail}", _SETTINGS
        )
        return
    found = [*_plain(provider)]
    if not known:
        found.append(problem(SUBJECT, f"{provider.name} publishes no keys, so nobody can sign in", _SETTINGS))
    if provider.grants and (unknown := roles.unknown(provider.grants)):
        slugs = ", ".join(unknown[:10])
        found.append(
            warning(
                SUBJECT,
                f"OIDC_ROLES names projects that do not exist: {slugs}",
                "Create them, or correct the slugs.",
            )
        )
    said = "is not asked before somebody signs in" if provider.is_github else "answers"
    yield from found or [ok(SUBJECT, f"{provider.name} {said}")]


def _plain(provider: Provider) -> Iterator[Finding]:
    """Warnings of addresses without TLS, except on this machine."""
    for name, address, risk in (
        ("OIDC_ISSUER", provider.issuer, "whoever is on the way can sign in as anybody"),
        ("PUBLIC_URL", settings.PUBLIC_URL, "most providers refuse such an address to come back to"),
    ):
        parts = urlsplit(address)
        if parts.scheme == "http" and not is_local(parts.hostname or ""):
            yield warning(SUBJECT, f"{name} begins with http://: {risk}", f"Use an https address in {name}.")
