"""Names of tags and their values, found by jumping through the index."""

from __future__ import annotations

from accounts.models import Project
from issues.models import IssueTag
from issues.search.common_names import CommonName, tag_values
from issues.search.scope import Scope
from tests.lib import builders

NOW = builders.START


def test_a_tag_of_very_many_values_is_looked_at_in_part(shop: Project) -> None:
    issue = builders.issue(shop)
    values = [f"{number:04}" for number in range(1000)]
    IssueTag.objects.bulk_create(
        IssueTag(grouping=issue.groupings.get(), project=shop, key="n", value=value, count=1)
        for value in [*values, "Zebra"]
    )
    scope = Scope([shop], None, NOW)
    assert [each.text for each in tag_values(scope, "n", "")] == values[:200]
    late = [each.text for each in tag_values(scope, "n", "09")]
    assert late[:50] == values[900:950]
    assert len(late) < 100
    assert tag_values(scope, "n", "zeb") == [CommonName("Zebra", 1)]


def test_issues_are_counted_up_to_a_number(shop: Project) -> None:
    for number in range(1, 103):
        issue = builders.issue(shop, number)
        IssueTag.objects.create(grouping=issue.groupings.get(), project=shop, key="n", value="all", count=1)
    assert tag_values(Scope([shop], None, NOW), "n", "") == [CommonName("all", 100)]
