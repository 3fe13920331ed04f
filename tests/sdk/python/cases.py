"""Sends one event per case with the sentry-sdk on the path, of 2021 (0.20), 2024 (1.45) or today: `cases.py DSN CASE...`

The case `unhandled` ends the program, so it comes last.
"""

from __future__ import annotations

import sys

import sentry_sdk

dsn, *cases = sys.argv[1:]
sentry_sdk.init(dsn=dsn, release="shop@1.4.2", environment="staging")


def charge(order_id: int) -> None:
    payload = {"total": 12.5, "currency": "EUR"}
    raise KeyError(f"order {order_id} is not in {sorted(payload)}")


def checkout() -> None:
    try:
        charge(8812)
    except KeyError as error:
        raise RuntimeError("checkout failed") from error


def send(case: str) -> None:
    sentry_sdk.set_tag("case", case)
    if case == "handled":
        try:
            charge(7)
        except KeyError as error:
            sentry_sdk.capture_exception(error)
    elif case == "unhandled":
        charge(8)
    elif case == "chained":
        try:
            checkout()
        except RuntimeError as error:
            sentry_sdk.capture_exception(error)
    elif case == "message":
        sentry_sdk.capture_message("The stock sync was slow: 32.4 s", level="warning")
    elif case == "context":
        sentry_sdk.set_user({"id": "8812", "email": "dee@example.org", "username": "dee"})
        sentry_sdk.set_tag("shard", "eu-1")
        sentry_sdk.set_context("order", {"id": 8812, "lines": 3})
        sentry_sdk.add_breadcrumb(
            category="cart", message="added a teapot", level="info", data={"sku": "T-1"}
        )
        sentry_sdk.capture_exception(ValueError("with everything around it"))
    else:
        raise SystemExit(f"unknown case {case}")


for case in cases:
    send(case)
    sentry_sdk.flush(5)
