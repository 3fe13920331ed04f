"""How often one may try to sign in, to sign up and to have mail sent. docs/decisions/0015 says why these numbers."""

from __future__ import annotations

from datetime import timedelta

from accounts.sign_in.attempts import Limit, Limits, Slowdown, key
from accounts.sign_in.networks import network

# Failed sign-ins for one account from one network (docs/api.md, "Authentication"), or in one known browser.
FAILURES = 10
# Failed sign-ins from one network, whatever the accounts.
FAILURES_PER_NETWORK = 40
FAILURES_WINDOW = timedelta(minutes=5)
# Failed sign-ins for one account from all networks in an hour, after which every further one must wait.
FREE_FAILURES_PER_ACCOUNT = 20
LONGEST_PAUSE = timedelta(minutes=5)

HOUR = timedelta(hours=1)
# Sign-ins through the provider from one network that lead nowhere: each one asks the provider.
PROVIDER_FAILURES = 30
# Links of invitations that are not there, from one network.
WRONG_INVITATIONS = 30
# Invitations that one person makes or renews: each may send a mail to an address of their choice.
INVITATIONS = 50
SIGN_UPS_PER_NETWORK = 20
SIGN_UPS = 200
RESETS_PER_ACCOUNT = 5
RESETS_PER_NETWORK = 10
# Wrong codes for one account in an hour, of its app and recovery codes apart. Only who knows its password gets so far.
# With three valid codes in a million, guessing on for a month succeeds in one case of fifty.
WRONG_CODES = 10


def sign_in(email: str, client: str, browser: str | None) -> Limits:
    """The limits on failures to sign in as `email` from the address `client`.

    `browser` is the id of a browser in which this account has signed in before (accounts.sign_in.browsers). Only its own
    failures count there, so strangers cannot lock its owner out.
    """
    account = _account(email)
    if browser is not None:
        return [Limit(key("sign-in", account, "browser", browser), FAILURES, FAILURES_WINDOW)]
    source = network(client)
    return [
        Limit(key("sign-in", account, "network", source), FAILURES, FAILURES_WINDOW),
        Limit(key("sign-in", "network", source), FAILURES_PER_NETWORK, FAILURES_WINDOW),
        Slowdown(key("sign-in", "account", account), FREE_FAILURES_PER_ACCOUNT, HOUR, LONGEST_PAUSE),
    ]


def sign_up(client: str) -> Limits:
    """The limits on new accounts from the address `client`, and from everywhere."""
    return [
        Limit(key("sign-up", "network", network(client)), SIGN_UPS_PER_NETWORK, HOUR),
        Limit(key("sign-up"), SIGN_UPS, HOUR),
    ]


def provider(client: str) -> Limits:
    """The limit on failed sign-ins through the provider from the address `client`."""
    return [Limit(key("provider", network(client)), PROVIDER_FAILURES, FAILURES_WINDOW)]


def wrong_invitation(client: str) -> Limits:
    """The limit on invalid links of invitations from the address `client`."""
    return [Limit(key("invitation", network(client)), WRONG_INVITATIONS, FAILURES_WINDOW)]


def inviting(user_id: int) -> Limits:
    """The limit on invitations by one person."""
    return [Limit(key("inviting", str(user_id)), INVITATIONS, HOUR)]


def password_reset(email: str, client: str) -> Limits:
    """The limits on mails with a link to set a new password. They are the same whether or not `email` has an account.

    There is no limit for all together, which strangers could use up: only addresses with an account get mail.
    """
    return [
        Limit(key("reset", "account", _account(email)), RESETS_PER_ACCOUNT, HOUR),
        Limit(key("reset", "network", network(client)), RESETS_PER_NETWORK, HOUR),
    ]


def second_factor(user_id: int, kind: str, browser: str | None) -> Limits:
    """The limits on wrong codes of one `kind` for an account.

    Whoever guesses codes of the app holds up neither recovery codes nor passkeys; nor anything in a known `browser`, whose
    own failures alone count there.
    """
    where = ("browser", browser) if browser is not None else ("elsewhere",)
    return [Limit(key("second factor", str(user_id), kind, *where), WRONG_CODES, HOUR)]


def _account(email: str) -> str:
    return email.strip().lower()
