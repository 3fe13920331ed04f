"""What was counted for an issue so far is counted for the oldest of its groupings."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count, F, Max, Min

TABLES = ("issuehour", "issueday", "issueperson", "issuetag", "issuetagkey", "issuetext")
_FILL = (
    "UPDATE issues_{0} SET grouping_id = (SELECT MIN(g.id) FROM issues_grouping g"  # noqa: S608
    " WHERE g.issue_id = issues_{0}.issue_id) WHERE grouping_id IS NULL"
)
_GIVE = "UPDATE issues_{0} SET grouping_id = %s WHERE issue_id = %s"  # noqa: S608
# An issue without a grouping gets no events any more, and none of these pages finds it.
_DELETE = "DELETE FROM issues_{0} WHERE grouping_id IS NULL"  # noqa: S608
_SAME = ("release", "environment")


def go_on_with_merges(apps: Any, editor: Any) -> None:
    """Issues whose merge was not finished: their groupings lead to the other issue, their events and counts are still theirs.

    What was counted goes to a grouping of the other issue that nothing else was counted for, and the events are moved by issues.merging.
    """
    names = ("Grouping", "Issue", "Event", "MergedIssue", "PendingMove", "IssuePerson")
    Grouping, Issue, Event, MergedIssue, PendingMove, IssuePerson = (
        apps.get_model("issues", each) for each in names
    )
    used: set[int] = set()
    for gone in Issue.objects.filter(status="merging").order_by("pk"):
        link = MergedIssue.objects.filter(issue=gone.pk).first()
        keys = (
            list(Grouping.objects.filter(issue=link.into_id).order_by("pk").values_list("pk", flat=True))
            if link
            else []
        )
        free = [pk for pk in keys[1:] if pk not in used]
        if not free:
            # The other one was deleted meanwhile.
            Issue.objects.filter(pk=gone.pk).update(status="deleting")
            continue
        events = Event.objects.filter(issue=gone.pk).order_by()
        moving = list(events.values_list("grouping").annotate(Count("pk"), Max("digest_order")))
        own = [pk for pk, _, _ in moving if pk in free] or free
        used.add(own[0])
        met = IssuePerson.objects.filter(issue=link.into_id).values("person")
        new = IssuePerson.objects.filter(issue=gone.pk).exclude(person__in=met).count()
        for table in TABLES:
            with editor.connection.cursor() as cursor:
                cursor.execute(_GIVE.format(table), [own[0], _stored(editor, gone.pk)])
        stored = sum(count for _, count, _ in moving)
        Issue.objects.filter(pk=link.into_id).update(
            user_count=F("user_count") + new, stored_event_count=F("stored_event_count") + stored
        )
        Issue.objects.filter(pk=gone.pk).update(stored_event_count=0)
        PendingMove.objects.bulk_create(
            PendingMove(
                grouping_id=pk, source_id=gone.pk, offset=link.offset, last=last, total=count, left=count
            )
            for pk, count, last in moving
        )


def _stored(editor: Any, key: Any) -> Any:
    """A UUID as the database stores it."""
    return key if editor.connection.vendor == "postgresql" else key.hex


def keep_apart(apps: Any, editor: Any) -> None:
    """Columns of the groupings of issues that others were merged into. All that was counted stays with the oldest grouping.

    The others know when their stored events happened, and that none of these is counted: they cannot be split off exactly.
    """
    Grouping, Issue, Event = (apps.get_model("issues", name) for name in ("Grouping", "Issue", "Event"))
    several = Grouping.objects.order_by().values("issue").annotate(count=Count("pk"), oldest=Min("pk"))
    for each in list(several.filter(count__gt=1)):
        issue = Issue.objects.get(pk=each["issue"])
        for grouping in Grouping.objects.filter(issue=issue.pk).exclude(pk=each["oldest"]):
            events = Event.objects.filter(grouping=grouping.pk).defer("payload")
            grouping.is_counted = True
            first = events.order_by("timestamp", "digest_order").first()
            last = events.order_by("-timestamp", "-digest_order").first()
            if first and last:
                grouping.first_seen, grouping.last_seen = first.timestamp, last.timestamp
                grouping.level = last.level
                for name in _SAME:
                    setattr(grouping, f"first_{name}", getattr(first, name))
                    setattr(grouping, f"last_{name}", getattr(last, name))
            grouping.save()
        columns = {
            name: getattr(issue, name)
            for name in (
                "event_count", "first_seen", "last_seen", "first_release", "last_release", "first_environment", "last_environment",
                "level", "trend", "usual",
            )
        }  # fmt: skip
        Grouping.objects.filter(pk=each["oldest"]).update(is_counted=True, **columns)


class Migration(migrations.Migration):
    dependencies = [("issues", "0026_grouping_of_counts")]

    operations = [
        migrations.RunPython(go_on_with_merges, migrations.RunPython.noop),
        *(
            migrations.RunSQL(statement.format(table), migrations.RunSQL.noop)
            for table in TABLES
            for statement in (_FILL, _DELETE)
        ),
        migrations.RunPython(keep_apart, migrations.RunPython.noop),
    ]
