from __future__ import annotations

import pytest

from accounts.models import Project
from issues.commits import code_mappings
from issues.commits.code_mappings import BadMapping, Done, bulk_set, heads_of, link, of_project, repository_of
from issues.models import CodeMapping, Release, Repository

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


def places(shop: Project, *paths: str) -> list[str]:
    return [f"{place.repository}:{place.path}" for place in of_project(shop.pk).places(paths)]


def test_the_longest_stack_root_decides(shop: Project) -> None:
    bulk_set(shop, "acme/shop", "main", [("src/", "web/src/"), ("/srv/app/", ""), ("src/vendor/", "third/")])
    bulk_set(shop, "acme/lib", "main", [("src/vendor/", "vendor")])
    assert places(shop, "./src/cart.ts") == ["acme/shop:web/src/cart.ts"]
    assert places(shop, "/srv/app/shop/cart.py", "shop/cart.py") == ["acme/shop:shop/cart.py"]
    assert places(shop, "src/vendor/x.js?v=1") == ["acme/shop:third/x.js", "acme/lib:vendorx.js"]
    assert places(shop, "\\srv\\app\\a.cs", "lib/a.js") == ["acme/shop:a.cs"]
    assert places(shop, "lib/a.js") == []
    bulk_set(shop, "acme/root", "main", [("", "pkg/")])
    assert places(shop, "lib/a.js") == ["acme/root:pkg/lib/a.js"]
    assert places(shop, "webpack://x/a.js", "/opt/a.js", "../a.js", "<anonymous>") == []


def test_a_link_leads_to_the_head_of_the_release_or_else_to_the_branch(shop: Project) -> None:
    bulk_set(shop, "https://github.com/acme/shop", "main", [("src/", "src/")])
    place = of_project(shop.pk).places(["src/cart.ts"])[0]
    release = Release(refs=[{"repository": "HTTPS://github.com/acme/shop", "commit": "1f0c2ab"}])
    github = "https://github.com/acme/shop/blob"
    assert link(place, 7, heads_of(release)) == f"{github}/1f0c2ab/src/cart.ts#L7"
    origin = Release(refs=[{"repository": "origin", "commit": "0e"}])
    assert link(place, 7, heads_of(origin)) == f"{github}/0e/src/cart.ts#L7"
    other = Release(refs=[{"repository": "acme/other", "commit": "0e"}])
    assert link(place, 7, heads_of(other)) == f"{github}/main/src/cart.ts#L7"
    assert link(place, None, heads_of(None)) == f"{github}/main/src/cart.ts"
    Repository.objects.update(url="https://git.example.com/acme/shop")
    assert link(of_project(shop.pk).places(["src/cart.ts"])[0], 7, {}) == ""
