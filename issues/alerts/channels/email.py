"""E-mail to addresses that belong to no account: a team's mailing list, a ticket system.

People choose for themselves what they get; whoever reads such a list does not, so its messages have no link to unsubscribe
but say where to change it.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.mail import sending
from issues.alerts.notice import Notice

#: A message goes to all of them at once. More people have a mailing list, or accounts.
MOST_ADDRESSES = 10


def addresses(config: Config) -> list[str]:
    """The addresses of a channel, in the order in which they were entered, each once."""
    words = config.get("addresses", "").replace(",", "\n").replace(";", "\n").split()
    return list(dict.fromkeys(words))


def check(config: Config) -> dict[str, str]:
    """What is wrong with the addresses."""
    found = addresses(config)
    if not found:
        return {"addresses": "Enter at least one address."}
    if len(found) > MOST_ADDRESSES:
        return {
            "addresses": f"These are {len(found)} addresses; a channel has at most {MOST_ADDRESSES}. "
            "Use a mailing list, or add these people to the project."
        }
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            return {"addresses": f"{address[:100]!r} is not an e-mail address."}
        if not address.rpartition("@")[0].isascii():
            return {"addresses": f"{address[:100]!r}: most mail servers take only ASCII before the @."}
    return {}


def send(config: Config, notice: Notice, thread: Thread, request: Send) -> Sent:
    """One message to all addresses, in the conversation of its issue. Raises Failed."""
    return sending.send_to(addresses(config), notice, thread)


KIND = Kind(
    name="email",
    label="E-mail",
    about="Sends to addresses without an account, such as a team's mailing list. Members of a project need no channel: a rule "
    "can send to them directly, and each can choose what they get.",
    fields=(
        Field(
            "addresses",
            "Addresses",
            help=f"One per line, at most {MOST_ADDRESSES}.",
            type="lines",
            max_length=MOST_ADDRESSES * 255,
            placeholder="on-call@example.org",
        ),
    ),
    send=send,
    check=check,
    threads=True,
)
