"""The page of received events: how many arrived with which outcome, and what the SDKs dropped before sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from ingest.ledger import summary
from ingest.ledger.outcomes import Outcome
from ingest.ledger.summary import Count, Summary
from ingest.pages import chart, outcome_groups, request_rows
from ingest.words import outcomes, reasons
from ingest.words.outcomes import Meaning
from issues.render.values import visible
from rustrak.lib import clock, wording

# Of sampled events each issue is a reason.
MOST_REASONS = 50
PERIODS = {"1": "Today", "30": "30 days"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One outcome in words, with its square of the chart's legend."""

    label: str
    quantity: int
    reasons: tuple[tuple[str, int], ...]
    swatch: SafeString
    meaning: str
    advice: str
    page: str
    page_url: str


@dataclass(frozen=True, slots=True)
class Discard:
    """What SDKs dropped for one reason."""

    reason: str
    meaning: str
    quantity: int
    what: str


@dataclass(frozen=True, slots=True)
class Expired:
    """What was deleted after it was stored: `what` by category, `why` by reason."""

    what: str
    why: str
    means: Meaning
    page: str
    page_url: str


@member(reads=Capability.PROJECT_READ, section=Section.INCOMING)
@require_safe
def intake(request: SignedInRequest, project: Project) -> HttpResponse:
    """Today's counts (UTC). Query string: `days=30` for 30 days, `category` for one type, such as `error`."""
    now = clock.now()
    days = "30" if request.GET.get("days") == "30" else "1"
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = midnight - timedelta(days=int(days) - 1), midnight + timedelta(days=1)
    every = summary.summarize(project.pk, since, until)
    kinds = [group.category for group in outcome_groups.groups(every.counts)]
    category = asked if (asked := request.GET.get("category", "")) in kinds else ""
    shown = summary.summarize(project.pk, since, until, category=category) if category else every
    layers = outcome_groups.layers(shown.buckets)
    bars = [f"{bucket.start:%-d %b}" if days == "30" else f"{bucket.start:%H}:00" for bucket in shown.buckets]
    sentence = outcomes.sentence(
        shown.received, shown.by_outcome, shown.unknown, _sampled_into(project, shown)
    )
    label = "30 days" if days == "30" else "Today (UTC)"
    return render(
        request,
        "ingest/ledger.html",
        {
            "project": project,
            "days": days,
            "label": label,
            "nothing": "Nothing has arrived in 30 days."
            if days == "30"
            else "Nothing has arrived today (UTC).",
            "periods": [
                (PERIODS[each], _link(days=each, category=category), each == days) for each in PERIODS
            ],
            "kinds": _kinds(kinds, category, days),
            "received": shown.received,
            "sentence": sentence,
            "unknown": shown.unknown,
            "unknown_means": outcomes.UNKNOWN,
            "chart": chart.stacked(layers, bars, f"{label}: {sentence}"),
            "most": max(sum(bucket.quantities.values()) for bucket in shown.buckets),
            "layers": [(chart.swatch(layer.name), layer.label, layer.total) for layer in layers],
            "bars": bars,
            "rows": _rows(layers, bars),
            "groups": [
                (outcomes.category(group.category), group.quantity, _entries(project, group.lines))
                for group in outcome_groups.groups(shown.counts)
            ],
            "meanings": _entries(project, outcome_groups.lines(shown.counts)),
            "unsupported": _by_category(summary.not_kept(project.pk, now)),
            "expired": _expired(project, shown),
            "discards": _discards(shown.counts),
        },
    )


def _expired(project: Project, of: Summary) -> Expired | None:
    quantities = {name: of.of(Outcome.EVICTED, name) for name in of.by_category}
    if not any(quantities.values()):
        return None
    means = outcomes.MEANINGS[Outcome.EVICTED]
    why = ", ".join(
        f"{wording.number(quantity)} {_reason(project, Outcome.EVICTED, code)}"
        for code, quantity in of.reasons(Outcome.EVICTED).items()
    )
    return Expired(_by_category(quantities), why, means, *request_rows.page_link(project, means.page))


def _by_category(quantities: dict[str, int]) -> str:
    """`1,204 transactions, 80 replay items`: the largest first."""
    found = sorted(quantities.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(
        visible(outcomes.counted(quantity, category)) for category, quantity in found if quantity
    )


def _kinds(kinds: Sequence[str], chosen: str, days: str) -> list[tuple[str, str, bool]]:
    """Links that show one category each; empty if there is only one."""
    if len(kinds) < 2:
        return []
    names = [("", "All types"), *((name, outcomes.category(name).capitalize()) for name in kinds)]
    return [(label, _link(days=days, category=name), name == chosen) for name, label in names]


def _link(**chosen: str) -> str:
    kept = {name: value for name, value in chosen.items() if value and (name, value) != ("days", "1")}
    return "?" + urlencode(kept)


def _sampled_into(project: Project, of: Summary) -> list[str]:
    """The short ids of the issues that events were sampled into; the reason is the number of the issue."""
    return [_reason(project, Outcome.SAMPLED, code) for code in of.reasons(Outcome.SAMPLED) if code.isdigit()]


def _reason(project: Project, outcome: Outcome, code: str) -> str:
    """A reason in words; for sampled events the short id of the issue."""
    if outcome is Outcome.SAMPLED and code.isdigit():
        return f"{project.slug.upper()}-{code}"
    return visible(reasons.reason(code))


def _entries(project: Project, lines: Iterable[outcome_groups.Line]) -> list[Entry]:
    found = []
    for line in lines:
        means = outcomes.MEANINGS[line.outcome]
        page, page_url = request_rows.page_link(project, means.page)
        listed, others = line.reasons[:MOST_REASONS], line.reasons[MOST_REASONS:]
        named = [(_reason(project, line.outcome, code), quantity) for code, quantity in listed]
        # A reason that only repeats its outcome is left out.
        shown = tuple(pair for pair in named if pair[0] != means.label.lower())
        if others:
            shown += ((f"{wording.number(len(others))} others", sum(quantity for _, quantity in others)),)
        swatch = chart.swatch(line.outcome.value)
        found.append(
            Entry(means.label, line.quantity, shown, swatch, means.meaning, means.advice, page, page_url)
        )
    return found


def _rows(layers: Sequence[chart.Layer], bars: Sequence[str]) -> list[tuple[str, list[int]]]:
    """The chart as a table: each bar that is not empty, with a count per layer."""
    rows = [(name, [layer.counts[index] for layer in layers]) for index, name in enumerate(bars)]
    return [(name, counts) for name, counts in rows if any(counts)]


def _discards(counts: Sequence[Count]) -> list[Discard]:
    """What SDKs dropped by reason, the largest first."""
    found: dict[str, dict[str, int]] = {}
    for each in counts:
        if each.outcome == Outcome.CLIENT_DISCARD:
            kinds = found.setdefault(each.reason, {})
            kinds[each.category] = kinds.get(each.category, 0) + each.quantity
    discards = [
        Discard(
            visible(reason),
            reasons.discard(reason),
            sum(kinds.values()),
            _by_category(kinds),
        )
        for reason, kinds in found.items()
    ]
    return sorted(discards, key=lambda each: (-each.quantity, each.reason))
