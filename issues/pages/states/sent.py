"""Reads how issues are to be resolved or muted from a form."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import QueryDict

from issues.states.change import MOST_MINUTES, Mute, NotPossible, Resolve
from rustrak.lib import clock
from rustrak.local_times import zones


def how(sent: QueryDict) -> Resolve | Mute | None:
    """What the fields of templates/issues/states say, by the form's `action`; None for other actions.

    Raises NotPossible for what cannot be meant.
    """
    action = sent.get("action")
    if action == "resolve_in":
        resolution = sent.get("resolution", "")
        release = sent.get("release", "").strip() if resolution == "in_release" else ""
        resolve = Resolve(resolution, release)
        resolve.check()
        return resolve
    if action == "mute_until":
        mute = Mute(_until(sent), _number(sent, "events"), _number(sent, "users"), _number(sent, "minutes"))
        if not mute.parameters:
            raise NotPossible("Say until when, or until how many events or users.")
        mute.check(clock.now())
        return mute
    return None


def _until(sent: QueryDict) -> datetime | None:
    if minutes := _number(sent, "for"):
        if minutes > MOST_MINUTES:
            raise NotPossible(f"An issue is muted for {MOST_MINUTES:,} minutes at most, or until a date.")
        return clock.now() + timedelta(minutes=minutes)
    text = sent.get("until", "").strip()
    if not text:
        return None
    # The page says in which zone it asks: the reader's may be another by now.
    zone = zones.zone(sent.get("zone", ""))
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else zones.moment(found.date(), found.time(), zone)
    except (ValueError, OverflowError):
        raise NotPossible(f"Write the date as 2026-11-27T12:00. It is in {zone}.") from None


def _number(sent: QueryDict, name: str) -> int | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    # int() reads the digits of every script.
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotPossible(f"The number of {name} is a whole number in digits.")
    return int(text)
