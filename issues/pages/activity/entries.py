"""The entries of an issue's activity, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.access import Capability, may
from accounts.models import User
from issues.comments.markdown import html
from issues.models import Activity, Event, Issue
from issues.ownership import sentences as owner_sentences
from issues.render.values import visible
from issues.states import sentences as state_sentences

Kind = Activity.Kind
_DONE = {
    Kind.CREATED: "First event",
    Kind.REGRESSED: "Regressed",
    Kind.RESOLVED: "Resolved",
    Kind.REOPENED: "Reopened",
    Kind.MUTED: "Muted",
    Kind.UNMUTED: "Unmuted",
    Kind.ASSIGNED: "Assigned to",
    Kind.UNASSIGNED: "No longer assigned to",
    Kind.MERGED: "Merged with",
    Kind.UNMERGED: "No longer merged with",
    Kind.SPLIT: "A group of events was split off into",
    Kind.MOVED_IN: "A group of events came in from",
    Kind.STAYED_RESOLVED: "Stays resolved",
    Kind.COMMENTED: "Comment",
    Kind.LINKED: "Linked to",
    Kind.UNLINKED: "No longer linked to",
}
_OF_EVENTS = (Kind.CREATED, Kind.REGRESSED, Kind.STAYED_RESOLVED)


@dataclass(frozen=True)
class Entry:
    """One line: "Assigned to" `whom` "by" `who`; both may be empty, and `unknown` if nobody knows who did it. `event` is the
    event's URL, empty once it has expired. `why` is a sentence about what the machine decided.

    Of a comment: `html`, empty when it was deleted; `whom` is who deleted it, if that was somebody else.
    """

    key: str
    kind: str
    done: str
    whom: str
    unknown: bool
    at: datetime
    who: str
    event: str
    number: int | None
    why: str = ""
    html: SafeString | str = ""
    edited_at: datetime | None = None
    is_mine: bool = False
    may_delete: bool = False

    @property
    def is_comment(self) -> bool:
        return self.kind == Kind.COMMENTED


def rows_of(issue: Issue) -> QuerySet[Activity]:
    """The issue's activity with its people; `event_number` is None for an event that has expired.

    Issues that were merged into it had first events of their own: only the first of all is among the rows.
    """
    kept = Event.objects.filter(pk=OuterRef("event"), issue=issue.pk)
    rows = Activity.objects.filter(issue=issue.pk).select_related("user")
    first = Activity.objects.filter(issue=issue.pk, kind=Kind.CREATED).order_by("at", "id").values("pk")[:1]
    return rows.exclude(Q(kind=Kind.CREATED) & ~Q(pk=Subquery(first))).annotate(
        event_number=Subquery(kept.values("digest_order")), event_release=Subquery(kept.values("release"))
    )


def entry(issue: Issue, one: Activity, viewer: User) -> Entry:
    """A row of `rows_of` as `viewer` sees it."""
    kind = Kind(one.kind)
    number: int | None = getattr(one, "event_number", None)
    who = visible(one.user.get_short_name()) if one.user else ""
    link = reverse("event", args=[issue.project.slug, issue.pk, one.event]) if number is not None else ""
    done, why = _DONE[kind], visible(owner_sentences.sentence(one.why))
    if decided := visible(state_sentences.sentence(one.why)):
        done = decided.removesuffix(".")
    if kind == Kind.CREATED and (release := visible(getattr(one, "event_release", None) or "")):
        done = f"First event, in release {release}"
    unknown = not who and not why and kind not in _OF_EVENTS and not (decided and kind == Kind.UNMUTED)
    is_comment = kind == Kind.COMMENTED
    is_mine = is_comment and one.user_id == viewer.pk and may(viewer, Capability.EVENT_WRITE, issue.project)
    return Entry(
        key=str(one.pk),
        kind=one.kind,
        done=done,
        whom=visible(one.detail),
        unknown=unknown,
        at=one.at,
        who=who,
        event=link,
        number=number,
        why=why,
        html=html(one.text) if is_comment and one.text else "",
        edited_at=one.edited_at,
        is_mine=is_mine,
        may_delete=is_mine or (is_comment and may(viewer, Capability.PROJECT_ADMIN, issue.project)),
    )
