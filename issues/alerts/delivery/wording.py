"""What a message says in words: its headline and its detail, the same in every channel. Pure."""

from __future__ import annotations

from issues.alerts.notice import Facts
from issues.models import News
from rustrak.lib.wording import counted, number

LONGEST_NAME = 200

_HEADLINES = {
    News.NEW: "New issue",
    News.REGRESSED: "Regressed issue",
    News.UNMUTED: "Unmuted issue",
    News.ESCALATING: "Escalating issue",
    News.SPIKE: "Spike in events",
    News.MONITOR_FAILED: "Monitor failed",
    News.MONITOR_RECOVERED: "Monitor recovered",
    News.RESOLVED: "Resolved",
    News.REOPENED: "Reopened",
    News.MUTED: "Muted",
    News.ASSIGNED: "Assigned",
    News.COMMENTED: "Comment",
    News.MENTIONED: "You were mentioned",
    News.TEST: "Test message",
}
_DONE = {
    News.UNMUTED: "Unmuted",
    News.RESOLVED: "Resolved",
    News.REOPENED: "Reopened",
    News.MUTED: "Muted",
}
# Of a burst: those that stand before the word "issues", in this order, and the others with nouns of their own.
_ADJECTIVES = {
    News.NEW: "new",
    News.REGRESSED: "regressed",
    News.UNMUTED: "unmuted",
    News.ESCALATING: "escalating",
    News.RESOLVED: "resolved",
    News.REOPENED: "reopened",
    News.MUTED: "muted",
    News.ASSIGNED: "assigned",
}
_NOUNS = {
    News.MONITOR_FAILED: ("monitor failure", "monitor failures"),
    News.MONITOR_RECOVERED: ("monitor recovery", "monitor recoveries"),
    News.SPIKE: ("spike in events", "spikes in events"),
    News.COMMENTED: ("comment", "comments"),
    News.MENTIONED: ("mention of you", "mentions of you"),
}


def headline(news: News, facts: Facts) -> str:
    """A few words: `New issue`, `1,204 new issues`."""
    return _burst(facts) if news == News.BURST else _HEADLINES[news]


def detail(news: News, facts: Facts) -> str:
    """A sentence without its full stop, or nothing: `Resolved by Ana`, `150 events in 5 min`."""
    by, name = _name(facts.get("by", "")), _name(facts.get("detail", ""))
    match news:
        case News.NEW | News.TEST:
            return ""
        case News.REGRESSED | News.UNMUTED if why := why_of(facts):
            return why
        case News.REGRESSED:
            release = _name(facts.get("release", ""))
            return "It was resolved and has come back" + (f" in {release}" if release else "")
        case News.ESCALATING:
            return _how_many(facts)
        case News.SPIKE:
            return _spike(facts)
        case News.MONITOR_FAILED | News.MONITOR_RECOVERED:
            does = "does not run as it should" if news == News.MONITOR_FAILED else "runs as it should again"
            where = _name(facts.get("environment", ""))
            return f"{name or 'The monitor'} {does}" + (f" in {where}" if where else "")
        case News.ASSIGNED:
            to = f"Assigned to {name}" if name else "Assigned to nobody"
            return to + (f" by {by}" if by else "")
        case News.COMMENTED | News.MENTIONED:
            said = f"{by or 'Somebody'} {'commented' if news == News.COMMENTED else 'mentioned you'}"
            return f"{said}: {comment}" if (comment := facts.get("comment", "")) else said
        case News.BURST:
            listed, total = len(facts.get("listed", ())), facts.get("total", 0)
            return (
                f"{listed} of them {'is' if listed == 1 else 'are'} listed here" if 0 < listed < total else ""
            )
        case _:
            # How, if the person said more than that: `Resolved in 2.4.0`.
            done = name.removesuffix(".") or _DONE[news]
            return f"{done} by {by}" if by else done


def why_of(facts: Facts) -> str:
    """Why Rustrak itself reopened or unmuted the issue, if it is said (issues.states.sentences), without its beginning."""
    text = _name(facts.get("detail", "")).removesuffix(".")
    _, _, why = text.partition(": ")
    return why[:1].upper() + why[1:] if why else ""


def _how_many(facts: Facts) -> str:
    noun = "user" if facts.get("unit") == "users" else "event"
    return f"{counted(facts.get('count', 0), noun)} in {span(facts.get('minutes', 0))}"


def _spike(facts: Facts) -> str:
    usual = facts.get("usual", 0.0)
    if usual <= 0:
        return f"{_how_many(facts)}; usually there are none in this hour"
    whole = usual if usual < 10 else round(usual)
    said = counted(1, "event") if whole == 1 else f"{number(whole)} events"
    return f"{_how_many(facts)}, {number(facts.get('count', 0) / usual)}× the usual {said} of this hour"


def span(minutes: int) -> str:
    """A length of time that a rule names: `5 min`, `1 h`, `1 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)


def _burst(facts: Facts) -> str:
    kinds, total = facts.get("kinds", {}), facts.get("total", 0)
    of_issues = [(kinds[news], word) for news, word in _ADJECTIVES.items() if kinds.get(news, 0) > 0]
    parts = [f"{count:,} {word}" for count, word in of_issues]
    if parts:
        parts[-1] += " issue" if of_issues[-1][0] == 1 else " issues"
    parts += [counted(kinds[news], *words) for news, words in _NOUNS.items() if kinds.get(news, 0) > 0]
    if not parts:
        return counted(total, "message")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _name(text: str) -> str:
    return " ".join(text[:LONGEST_NAME].split())
