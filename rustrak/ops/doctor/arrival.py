"""Compares how a request through PUBLIC_URL arrived with what the settings say about the proxy. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rustrak.lib.http.hosts import Hosts
from rustrak.ops.doctor.findings import Finding, problem, warning
from rustrak.ops.probe import Arrival
from rustrak.proxies import Network, is_trusted

SUBJECT = "proxy"
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Deployment:
    """PUBLIC_URL's scheme and host (with port), SSL_PROXY and TRUSTED_PROXIES.

    `direct` when PUBLIC_URL is gunicorn's own address, so that there is no proxy.
    """

    scheme: str
    host: str
    ssl_proxy: bool
    trusted: tuple[Network, ...]
    direct: bool
    hosts: Hosts


def compare(arrival: Arrival, deployment: Deployment) -> list[Finding]:
    """The findings; empty when everything fits."""
    return [*_scheme(arrival, deployment), *_host(arrival, deployment), *_client(arrival, deployment)]


def _scheme(arrival: Arrival, deployment: Deployment) -> Iterator[Finding]:
    if arrival.scheme == deployment.scheme:
        return
    text = f"PUBLIC_URL is {deployment.scheme}, but requests through it arrive as {arrival.scheme}"
    said = arrival.forwarded.get("X-Forwarded-Proto")
    if deployment.scheme == "http":
        fix = f"Set PUBLIC_URL=https://{deployment.host}."
    elif said is None:
        fix = "Let the proxy send the scheme (nginx: proxy_set_header X-Forwarded-Proto $scheme;)."
    elif "https" not in said.lower():
        fix = f"The proxy sends X-Forwarded-Proto: {said}. The proxy that terminates TLS must send https."
    elif deployment.trusted:
        fix = f"Add {arrival.peer} to TRUSTED_PROXIES: the proxy sends https but is not trusted."
    else:
        fix = f"Set SSL_PROXY=true and TRUSTED_PROXIES={arrival.peer}: the proxy sends https but is not trusted."
    yield problem(SUBJECT, text, fix)


def _host(arrival: Arrival, deployment: Deployment) -> Iterator[Finding]:
    usual = _PORTS[deployment.scheme]
    if arrival.host.lower().removesuffix(usual) == deployment.host.lower().removesuffix(usual):
        return
    text = f"requests for {deployment.host} arrive with Host: {arrival.host or '(none)'}"
    fix = "Let the proxy pass the host on (nginx: proxy_set_header Host $http_host;)"
    if deployment.hosts.answers(arrival.host):
        yield warning(SUBJECT, text, f"{fix}.")
    else:
        fix = f"{fix}, or add {arrival.host or 'a name'} to ALLOWED_HOSTS."
        yield problem(SUBJECT, f"{text}, which pages refuse", fix)


def _client(arrival: Arrival, deployment: Deployment) -> Iterator[Finding]:
    hops = arrival.forwarded.get("X-Forwarded-For")
    trusted = is_trusted(arrival.peer, deployment.trusted)
    if hops is not None and not trusted:
        trusted_now = ",".join([*map(str, deployment.trusted), arrival.peer])
        yield warning(
            SUBJECT,
            f"all events seem to come from {arrival.peer}: this proxy is not in TRUSTED_PROXIES",
            f"Set TRUSTED_PROXIES={trusted_now} if the proxy is yours.",
        )
    elif hops is not None and not arrival.client:
        yield warning(
            SUBJECT,
            f"the client is unknown: {arrival.peer} sends X-Forwarded-For: {hops[:100]}, where an entry is no address",
            "Let each proxy send the address of its client (nginx: proxy_set_header X-Forwarded-For "
            "$proxy_add_x_forwarded_for;).",
        )
    elif hops is None and not deployment.direct and (trusted or deployment.ssl_proxy):
        yield warning(
            SUBJECT,
            f"all events seem to come from {arrival.peer}: the proxy does not send the client's address",
            "Let the proxy send it (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;).",
        )
