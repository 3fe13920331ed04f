from __future__ import annotations

import pytest

from accounts.models import Project
from issues.commits import code_mappings
from issues.commits.code_mappings import BadMapping, Done, bulk_set, repository_of
from issues.models import CodeMapping

pytestmark = pytest.mark.django_db


def test_a_call_creates_and_updates_and_says_what_is_wrong(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [("app/", "src/"), ("x" * 501, "y"), ("lib/", "../lib"), ("com/acme\\shop", "./java/")]
    done = bulk_set(shop, "acme/shop", "main", sent)
    assert [one.status for one in done] == ["created", "error", "error", "created"]
    assert done[1].detail == "The stack root is one line of at most 500 characters."
    assert done[2].detail == "The source root is a folder of the repository, without “..”."
    assert bulk_set(shop, "acme/shop", "dev", [("app/", "web/")]) == [Done("app/", "web/", "updated")]
    monkeypatch.setattr(code_mappings, "MOST_MAPPINGS", 2)
    assert bulk_set(shop, "acme/shop", "dev", [("new/", "")])[0].status == "error"
    stored = CodeMapping.objects.order_by("pk").values_list("stack_root", "source_root", "default_branch")
    assert list(stored) == [("app/", "web/", "dev"), ("com/acme/shop", "java/", "main")]
    for name, branch in (("", "main"), ("a\nb", "main"), ("r" * 201, "main"), ("a", "b\0")):
        with pytest.raises(BadMapping):
            bulk_set(shop, name, branch, [])
    for url, kind in (("javascript:x", ""), ("", "svn")):
        with pytest.raises(BadMapping):
            repository_of(shop, "acme/new", url, kind)
    monkeypatch.setattr(code_mappings, "MOST_REPOSITORIES", 1)
    with pytest.raises(BadMapping, match="at most 1"):
        repository_of(shop, "acme/new")
