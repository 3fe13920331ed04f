from __future__ import annotations

import pytest

from accounts.models import Project
from issues.commits.code_mappings import bulk_set
from issues.commits.repositories import Repositories, heads_of, link
from issues.models import Release, Repository

pytestmark = pytest.mark.django_db


def places(shop: Project, *paths: str) -> list[str]:
    return [f"{place.repository}:{place.path}" for place in Repositories(shop.pk).mappings.places(paths)]


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
    place = Repositories(shop.pk).mappings.places(["src/cart.ts"])[0]
    release = Release(refs=[{"repository": "HTTPS://github.com/acme/shop", "commit": "1f0c2ab"}])
    github = "https://github.com/acme/shop/blob"
    assert link(place, 7, heads_of(release.refs)) == f"{github}/1f0c2ab/src/cart.ts#L7"
    origin = Release(refs=[{"repository": "origin", "commit": "0e"}])
    assert link(place, 7, heads_of(origin.refs)) == f"{github}/0e/src/cart.ts#L7"
    other = Release(refs=[{"repository": "acme/other", "commit": "0e"}])
    assert link(place, 7, heads_of(other.refs)) == f"{github}/main/src/cart.ts#L7"
    assert link(place, None, heads_of(None)) == f"{github}/main/src/cart.ts"
    Repository.objects.update(url="https://git.example.com/acme/shop")
    assert link(Repositories(shop.pk).mappings.places(["src/cart.ts"])[0], 7, {}) == ""
