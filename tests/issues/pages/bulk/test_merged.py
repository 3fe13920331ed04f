from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from accounts.models import Project, User
from issues import bulk_actions
from issues.models import BulkAction, Issue
from tests.issues.pages.conftest import Send


def test_the_pages_of_a_merged_issue_lead_to_the_other(
    bo_client: Client, shop: Project, bo: User, cy: User, send: Send, sign_in: Callable[[User], Client]
) -> None:
    into, gone = (send({"message": text}) for text in ("a", "b"))
    bulk_actions.begin(Issue.objects.all(), BulkAction.Kind.MERGE, bo, shop, target=into.issue_id)
    before, after = (f"/projects/shop/issues/{pk}/" for pk in (gone.issue_id, into.issue_id))
    for page in (
        "",
        "tags/",
        "activity/",
        "events/?q=x",
        f"events/{gone.pk}/",
        f"events/{gone.event_id}/json/",
    ):
        answer = bo_client.get(before + page)
        assert (answer.status_code, answer["Location"]) == (302, after + page)
    assert bo_client.get(f"{after}events/{gone.pk}/").status_code == 200
    assert sign_in(cy).get(before).status_code == 404
    # Nobody acts on another issue than the one that was meant.
    assert bo_client.post(f"{before}delete/").status_code == 404
    assert bo_client.get(f"/projects/shop/issues/{bo.pk:032x}/").status_code == 404
    assert Issue.objects.get().event_count == 2
