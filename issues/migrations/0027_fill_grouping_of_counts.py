"""What was counted for an issue so far is counted for the oldest of its groupings."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count, Min

TABLES = ("issuehour", "issueday", "issueperson", "issuetag", "issuetagkey", "issuetext")
_FILL = (
    "UPDATE issues_{0} SET grouping_id = (SELECT MIN(g.id) FROM issues_grouping g"  # noqa: S608
    " WHERE g.issue_id = issues_{0}.issue_id)"
)
# An issue without a grouping gets no events any more, and none of these pages finds it.
_DELETE = "DELETE FROM issues_{0} WHERE grouping_id IS NULL"  # noqa: S608
_SAME = ("release", "environment")


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
        *(
            migrations.RunSQL(statement.format(table), migrations.RunSQL.noop)
            for table in TABLES
            for statement in (_FILL, _DELETE)
        ),
        migrations.RunPython(keep_apart, migrations.RunPython.noop),
    ]
