from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import ExternalIssue, Issue, IssueTracker
from issues.trackers import external_issues
from issues.trackers.external_issues import BadTemplate
from tests.lib import builders

pytestmark = pytest.mark.django_db
URL = "https://github.com/acme/shop/issues/7"


def test_a_link_is_kept_once(shop: Project, bo: User) -> None:
    issue, other = builders.issue(shop, 1), builders.issue(shop, 2)
    first = external_issues.add(issue, f" {URL} ", bo)
    assert external_issues.add(issue, URL, None) == first
    assert (first.url, first.created_by) == (URL, bo)
    external_issues.add(other, URL, bo)
    assert not external_issues.remove(other, first.pk, None)
    assert external_issues.remove(issue, first.pk, None)
    assert not external_issues.remove(issue, first.pk, None)
    assert not external_issues.remove(issue, 10**30, None)
    assert ExternalIssue.objects.get().issue == other


@pytest.mark.parametrize(
    "url",
    [
        "", "github.com/acme", "javascript:alert(1)", "data:text/html,x", "ftp://example.org/1", "https://a:b@example.org/1",
        "https://example.org/\x00", "https://example.org/a b", "https://ex\u202eample.org/", "https://", "https://[/", "//example.org",
        "https://example.org/" + "x" * 1000, "https:\\\\example.org", "HTTPS:/example.org",
    ],
)  # fmt: skip
def test_only_addresses_of_web_pages(shop: Project, bo: User, url: str) -> None:
    issue = builders.issue(shop)
    with pytest.raises(BadTemplate):
        external_issues.add(issue, url, bo)


def test_an_issue_has_a_bounded_number_of_links(shop: Project, bo: User) -> None:
    issue = builders.issue(shop)
    for number in range(external_issues.MOST):
        external_issues.add(issue, f"{URL}{number}", bo)
    with pytest.raises(external_issues.TooMany):
        external_issues.add(issue, URL, bo)


def test_an_issue_that_is_gone_gets_no_link(shop: Project, bo: User) -> None:
    issue = builders.issue(shop)
    Issue.everything.update(status="deleting")
    with pytest.raises(Issue.DoesNotExist):
        external_issues.add(issue, URL, bo)


def test_a_project_has_one_tracker(shop: Project) -> None:
    assert external_issues.tracker_of(shop) is None
    external_issues.set_tracker(shop, "other", " https://one.example.org/?t={title} ")
    external_issues.set_tracker(shop, "github", "https://two.example.org/?t={title}")
    tracker = IssueTracker.objects.get()
    assert (tracker.kind, tracker.template) == ("github", "https://two.example.org/?t={title}")
    for kind, template in (("hologram", tracker.template), ("other", "https://example.org/")):
        with pytest.raises(BadTemplate):
            external_issues.set_tracker(shop, kind, template)
