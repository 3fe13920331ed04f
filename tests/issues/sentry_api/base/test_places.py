"""issues/sentry_api/base/places.py"""

from __future__ import annotations

import pytest

from accounts.models import FormerSlug, Project, User
from issues.models import Release
from issues.sentry_api.base.places import project_of, projects_in_body, projects_of, release_of, releases_of
from rustrak.lib import problems
from tests.lib.asking import asking

pytestmark = pytest.mark.django_db


def test_a_project_is_named_by_its_slug_a_former_one_or_its_id(bo: User, shop: Project) -> None:
    FormerSlug.objects.create(slug="store", project=shop)
    assert {project_of(asking(bo), name) for name in ("shop", "store", str(shop.pk))} == {shop}
    assert projects_of(asking(bo), ["store", shop.pk, "shop"]) == [shop]


def test_what_is_not_visible_is_not_found(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for name in ("other", str(other.pk), "", "9" * 30, "sh\0op!", "²"):
        with pytest.raises(problems.NotFound):
            project_of(asking(bo), name)
    with pytest.raises(problems.BadInput):
        projects_of(asking(bo), range(101))
    with pytest.raises(problems.BadInput, match="There is no project “other”"):
        projects_in_body(asking(bo), ["other"])


def test_a_slug_of_digits_comes_before_an_id(ana: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug=str(shop.pk))
    assert project_of(asking(ana), str(shop.pk)) == other


def test_releases_are_those_of_visible_projects(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    mine = Release.objects.create(project=shop, version="app@1/x")
    Release.objects.create(project=other, version="app@1/x")
    Release.objects.create(project=shop, version="")
    assert releases_of(asking(bo), "app@1/x") == [mine]
    assert release_of(shop, "app@1/x") == mine
    for version in ("app@2", "", "\0"):
        with pytest.raises(problems.NotFound):
            releases_of(asking(bo), version)
        with pytest.raises(problems.NotFound):
            release_of(shop, version)
