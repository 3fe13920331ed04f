from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from accounts import projects
from accounts.models import FormerSlug, Membership, Project, User


def test_the_creator_is_an_admin_of_it(cy: User) -> None:
    project = projects.create("  Shop   API ", by=cy)
    assert (project.name, project.slug) == ("Shop API", "shop-api")
    assert Membership.objects.get(project=project).role == "admin"


def test_a_name_in_use_is_refused_in_any_case(shop: Project) -> None:
    with pytest.raises(projects.Taken):
        projects.create("SHOP")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b"])
def test_invalid_names_are_refused(db, name: str) -> None:
    with pytest.raises(projects.BadProject):
        projects.create(name)


def test_names_with_the_same_slug_get_numbers(db) -> None:
    slugs = [projects.create(name).slug for name in ("Shop API", "Shop-API", "shop api!", "!", "…")]
    assert slugs == ["shop-api", "shop-api-2", "shop-api-3", "project", "project-2"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("магазин", "magazin"),
        ("Магазин API", "magazin-api"),
        ("日本語", "ribenyu"),
        ("العربية", "lrbyh"),
        ("Ελληνικά", "ellinika"),
        ("한국어", "hangugeo"),
        ("Straße & Söhne", "strasse-sohne"),
        ("İstanbul", "istanbul"),
        ("CAFÉ", "cafe"),
        ("🚀", "rocket"),
        ("123", "123"),
        ("new", "new"),
        ("_x_", "x"),
        ("--", "project"),
        ("۱۲۳", "123"),
        ("ａｂｃ", "abc"),
        ("щ" * 100, ("shch" * 100)[:44]),
    ],
)
def test_a_slug_is_the_name_in_latin_letters(db, name: str, slug: str) -> None:
    made = projects.create(name).slug
    assert made == slug
    assert projects.checked_slug(made) == made


def _leads_to(slug: str) -> Project | None:
    return Project.objects.filter(slug=slug).first() or Project.objects.formerly(slug).first()


def test_former_slugs_lead_to_their_project(shop: Project) -> None:
    for slug in ("store", "magazin"):
        projects.rename(shop, slug=slug)
    assert [_leads_to(slug) for slug in ("shop", "store", "magazin")] == [shop] * 3
    projects.rename(shop, slug="shop")
    assert sorted(FormerSlug.objects.values_list("slug", flat=True)) == ["magazin", "store"]
    projects.rename(shop, slug="shop", name="Shop 2")
    assert FormerSlug.objects.count() == 2


def test_another_project_may_take_a_former_slug(shop: Project) -> None:
    projects.rename(shop, slug="store")
    assert projects.create("shop!").slug == "shop-2"  # not without need
    taker = projects.create("Taker", "shop")
    assert _leads_to("shop") == taker
    projects.rename(shop, slug="magazin")
    projects.rename(taker, slug="store")
    assert (_leads_to("store"), _leads_to("shop"), _leads_to("magazin")) == (taker, taker, shop)
    with pytest.raises(projects.Taken):
        projects.rename(taker, slug="magazin")
    assert _leads_to("store") == taker


@pytest.mark.parametrize("events", [0, projects.AT_ONCE_EVENTS + 1])
def test_deleting_a_project_frees_its_former_slugs(shop: Project, events: int) -> None:
    Project.objects.filter(pk=shop.pk).update(stored_event_count=events)
    projects.rename(shop, slug="store")
    projects.delete(shop)
    assert _leads_to("shop") is None
    assert not FormerSlug.objects.exists()


def test_the_latest_former_slugs_are_kept(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "MOST_FORMER", 3)
    for number in range(6):
        projects.rename(shop, slug=f"s{number}")
    assert sorted(FormerSlug.objects.values_list("slug", flat=True)) == ["s2", "s3", "s4"]


def test_members(shop: Project, cy: User) -> None:
    membership = projects.add_member(shop, " CY@example.org", "member")
    assert list(Project.objects.visible_to(cy)) == [shop]
    with pytest.raises(projects.AlreadyMember):
        projects.add_member(shop, "cy@example.org")
    projects.set_role(shop, membership.pk, "admin")
    membership.refresh_from_db()
    assert membership.role == "admin"
    projects.add_member(shop, "dee@example.org", "admin")  # without an account, who cannot run the project
    for leave in (projects.remove_member, partial(projects.set_role, role="member")):
        with pytest.raises(projects.LastProjectAdmin, match="cy@example.org is the only admin of Shop"):
            leave(shop, membership.pk)
    other = Membership.objects.create(
        project=shop, user=User.objects.create_user("eve@example.org"), role="admin"
    )
    projects.remove_member(shop, membership.pk)
    with pytest.raises(projects.LastProjectAdmin):
        projects.remove_member(shop, other.pk)
    projects.set_role(shop, other.pk, "admin")
    User.objects.update(is_active=False)  # nobody is left who could run it
    projects.remove_member(shop, other.pk)
    User.objects.update(is_active=True)
    assert not Project.objects.visible_to(cy).exists()


def test_members_of_other_projects_are_not_changed(shop: Project, bo: User) -> None:
    other = projects.create("Other")
    membership = shop.memberships.get()
    projects.remove_member(other, membership.pk)
    projects.set_role(other, membership.pk, "admin")
    membership.refresh_from_db()
    assert membership.role == "member"


def test_a_membership_waits_for_the_account(shop: Project, bo: User) -> None:
    projects.add_member(shop, "Dee@example.org", "admin")
    with pytest.raises(projects.AlreadyMember):
        projects.add_member(shop, "dee@example.org")
    dee = User.objects.create_user("dee@example.org", "x")
    # Whoever signs up with an address has not shown that it is theirs.
    assert not Project.objects.visible_to(dee).exists()
    projects.join_awaited(dee)
    assert Membership.objects.get(user=dee).role == "admin"
    assert list(Project.objects.visible_to(dee)) == [shop]


def test_a_membership_that_waits_does_not_double_another(shop: Project) -> None:
    projects.add_member(shop, "dee@example.org")
    dee = User.objects.create_user("dee@example.org", "x")
    Membership.objects.create(project=shop, user=dee, role="admin")
    projects.join_awaited(dee)
    assert [one.role for one in shop.memberships.all()] == ["admin"]


@pytest.mark.django_db(transaction=True)
def test_many_projects_at_once_count_one_by_one(settings) -> None:
    settings.MAX_PROJECTS_PER_USER = 3
    dee = User.objects.create_user("dee@example.org", "x")

    def create(number: int) -> bool:
        try:
            projects.create(f"P{number}", by=dee)
        except projects.TooManyProjects:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(6) as crowd:
        assert sum(crowd.map(create, range(9))) == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [("Ошибки", "ОШИБКИ"), ("ÄRGER", "ärger"), ("Café", "CAFE\u0301"), ("Straße", "STRASSE")],
)
def test_a_name_in_use_is_refused_in_any_case_of_any_script(db: None, first: str, second: str) -> None:
    projects.create(first)
    other = projects.create("Other")
    with pytest.raises(projects.Taken):
        projects.create(second)
    with pytest.raises(projects.Taken):
        projects.rename(other, name=second)
    with pytest.raises(ValidationError):
        Project(name=second, slug="x").full_clean()
    projects.rename(other, name=f"{second} 2")
    assert list(Project.objects.by_name().values_list("name", flat=True)) == [first, f"{second} 2"]


@pytest.mark.parametrize("name", ["\u3164", "\u2800 \u3164", "\u0301", "\u200b", "\u202e"])
def test_an_invisible_name_is_refused(shop: Project, name: str) -> None:
    with pytest.raises(projects.BadProject):
        projects.create(name)
    with pytest.raises(projects.BadProject):
        projects.rename(shop, name=name)
    with pytest.raises(ValidationError):
        Project(name=name, slug="x").full_clean()


def test_the_name_of_a_deleted_project_can_be_used_again(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "AT_ONCE_EVENTS", -1)
    projects.delete(shop)
    assert projects.create(shop.name.upper()).name == shop.name.upper()


@pytest.mark.django_db(transaction=True)
def test_two_admins_of_a_project_who_remove_each_other_leave_one() -> None:
    project = projects.create("Shop")
    rows = [
        Membership.objects.create(
            user=User.objects.create_user(f"{name}@example.org"), project=project, role="admin"
        )
        for name in "abcd"
    ]

    def remove(membership: Membership) -> bool:
        try:
            projects.remove_member(project, membership.pk)
            return True
        except projects.LastProjectAdmin:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(remove, rows)) == [False, True, True, True]
    assert project.memberships.count() == 1
