from __future__ import annotations

import pytest
from django.core import signing

from issues.alerts.mail import links
from issues.alerts.mail.links import Subscription


@pytest.mark.parametrize("subscription", [Subscription(1, 2), Subscription(2**40, None)])
def test_a_token_is_read_again(subscription: Subscription) -> None:
    token = links.token(subscription)
    assert links.read(token) == subscription
    assert len(token) < links.LONGEST_TOKEN


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "W10:x",
        "a" * 100_000,
        signing.dumps([1, 2], salt="rustrak.alerts.unsubscribe"),
        signing.Signer(salt="another purpose").sign_object([1, 2]),
        signing.Signer(salt="rustrak.alerts.unsubscribe").sign_object([1]),
        signing.Signer(salt="rustrak.alerts.unsubscribe").sign_object("text"),
        signing.Signer(salt="rustrak.alerts.unsubscribe").sign("not base64!"),
        signing.Signer(salt="rustrak.alerts.unsubscribe").sign(
            "é\ud800x".encode("utf-8", "replace").decode()
        ),
        links.token(Subscription(1, 2))[:-1] + "!",
        links.token(Subscription(1, 2)).replace(":", "::"),
    ],
    # Named: signatures differ from run to run.
    ids=[
        "empty", "short", "no signature", "long", "with a time", "another purpose", "one value", "a text",
        "not base64", "not ASCII", "damaged", "two colons",
    ],
)  # fmt: skip
def test_what_is_not_ours_is_nothing(token: str) -> None:
    assert links.read(token) is None
