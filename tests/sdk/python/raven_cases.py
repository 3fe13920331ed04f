"""Sends one event per case with raven, the SDK before sentry-sdk: `raven_cases.py DSN CASE...`, `unhandled` last."""

from __future__ import annotations

import sys

from raven import Client
from raven.transport.http import HTTPTransport

dsn, *cases = sys.argv[1:]
scheme, _, rest = dsn.partition("://")
key, _, address = rest.partition("@")
# raven requires a secret.
client = Client(
    f"{scheme}://{key}:secret@{address}",
    release="shop@1.4.2",
    environment="staging",
    transport=HTTPTransport,
    install_sys_hook=True,
)


def charge(order_id: int) -> None:
    payload = {"total": 12.5, "currency": "EUR"}
    raise KeyError(f"order {order_id} is not in {sorted(payload)}")


def checkout() -> None:
    try:
        charge(8812)
    except KeyError as error:
        raise RuntimeError("checkout failed") from error


def send(case: str) -> None:
    client.tags["case"] = case
    if case == "handled":
        try:
            charge(7)
        except KeyError:
            client.captureException()
    elif case == "unhandled":
        charge(8)
    elif case == "chained":
        try:
            checkout()
        except RuntimeError:
            client.captureException()
    elif case == "message":
        client.captureMessage("The stock sync was slow: 32.4 s", level="warning")
    elif case == "context":
        client.user_context({"id": "8812", "email": "dee@example.org", "username": "dee"})
        client.captureBreadcrumb(category="cart", message="added a teapot", level="info", data={"sku": "T-1"})
        try:
            raise ValueError("with everything around it")
        except ValueError:
            client.captureException(
                tags={"shard": "eu-1"}, data={"contexts": {"order": {"id": 8812, "lines": 3}}}
            )
    else:
        raise SystemExit(f"unknown case {case}")


for case in cases:
    send(case)
