"""Removes from a decoded payload what a policy says. Pure; no payload may raise.

One pattern over the bytes of the payload finds the strings in which something may have to be removed. Most payloads have none and are
not looked at further. Each such string is decided once; only where one has to change, the payload is walked. What is not changed is
the same object as before.
"""

from __future__ import annotations

from typing import Any

from issues.privacy.candidates import Scrubbed, scrubbed
from issues.privacy.ruleset import Policy
from issues.privacy.walk import MOST_NAMED, Removal
from rustrak.lib import tolerant_json

__all__ = ["MOST_NAMED", "Removal", "Scrubbed", "scrub", "scrub_json", "scrub_text"]


def scrub(payload: Any, policy: Policy, data: bytes | None = None) -> Scrubbed:
    """`payload`, a value as tolerant_json.loads gives it, without what `policy` removes. `data` is its JSON, where that is known."""
    if policy.does_nothing:
        return Scrubbed(payload)
    return scrubbed(payload, policy, data, 0)


def scrub_json(data: bytes, policy: Policy) -> tuple[bytes, Scrubbed | None]:
    """The same of JSON in bytes, and what was removed; None where that is nothing or `data` is not JSON, which is given back then."""
    if policy.does_nothing or (not policy.patterns and not _found(policy, data)):
        return data, None
    try:
        value, _ = tolerant_json.loads(data)
    except tolerant_json.NotJson:
        return data, None
    done = scrub(value, policy)
    return (tolerant_json.dumps(done.payload), done) if done.total else (data, None)


def scrub_text(text: str, policy: Policy) -> str:
    """A text without what the policy removes, such as the name of a file."""
    return str(scrubbed(text, policy, None, 0).payload) if not policy.does_nothing else text


def _found(policy: Policy, data: bytes) -> bool:
    return policy.candidates is not None and policy.candidates.search(data) is not None
