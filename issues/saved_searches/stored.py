"""Searches that people keep: the only write path for them. `project` None stands for the list of all projects.

Everybody who may see a project may use what is shared in it; only its owner and the project's admins may change that. What belongs to
the list of all projects is nobody else's, because each sees other projects there.
"""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction
from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, When

from accounts.access import Capability, may
from accounts.models import Project, User
from issues.models import DefaultSearch, SavedSearch
from issues.saved_searches.view import Invalid, View, check
from rustrak.lib.text.visible_text import has_text

#: Of one person, for one list; and how many of those that others share are offered.
MOST, MOST_SHARED = 50, 200


def visible(user: User, project: Project | None) -> QuerySet[SavedSearch]:
    """Those that `user` may use in this list: their own, and what others share."""
    own = Q(owner=user)
    chosen = SavedSearch.objects.filter(project=project).filter(
        own if project is None else own | Q(is_shared=True)
    )
    return chosen.select_related("owner")


def in_order(user: User, project: Project | None) -> list[SavedSearch]:
    """`visible` as a list: own ones in their order, then of those that others share at most MOST_SHARED by name. Each has
    `is_default`: whether the user's list begins with it. One query."""
    chosen = DefaultSearch.objects.filter(user=user, project=project, search=OuterRef("pk"))
    place = Case(When(owner=user, then=F("position")), default=MOST)
    found = visible(user, project).annotate(is_default=Exists(chosen), place=place)
    return list(found.order_by("place", "name", "id")[: MOST + MOST_SHARED])


def may_change(user: User, search: SavedSearch) -> bool:
    if search.owner_id == user.pk:
        return True
    return (
        search.is_shared
        and search.project is not None
        and may(user, Capability.PROJECT_ADMIN, search.project)
    )


def default_of(user: User, project: Project | None) -> SavedSearch | None:
    """The search that the user's list begins with, if they have chosen one and may still use it."""
    chosen = DefaultSearch.objects.filter(user=user, project=project)
    return visible(user, project).filter(pk__in=chosen.values("search")).first()


def set_default(user: User, project: Project | None, search: SavedSearch | None) -> None:
    """Let the user's list begin with `search`, which they may use; None: with all open issues."""
    with transaction.atomic():
        DefaultSearch.objects.filter(user=user, project=project).delete()
        if search is not None:
            DefaultSearch.objects.create(user=user, project=project, search=search)


def create(
    user: User, project: Project | None, name: str, view: View, *, is_shared: bool = False
) -> SavedSearch:
    """Save `view` under a name that the user has not given in this list yet. Raises Invalid."""
    name = _name(name)
    check(view)
    if is_shared:
        _may_be_shared(user, project)
    with transaction.atomic():
        _one_at_a_time(user)
        own = SavedSearch.objects.filter(owner=user, project=project)
        if own.count() >= MOST:
            raise Invalid(
                "",
                f"You have {MOST} saved searches here, as many as one person may. Delete one that you no longer need.",
            )
        _is_free(own, name)
        last = own.aggregate(last=Max("position"))["last"]
        return SavedSearch.objects.create(
            owner=user,
            project=project,
            name=name,
            is_shared=is_shared,
            position=0 if last is None else last + 1,
            **asdict(view),
        )


def change(
    search: SavedSearch, *, name: str | None = None, view: View | None = None, is_shared: bool | None = None
) -> None:
    """Change what is given. Whoever began their list with a search that is no longer shared begins with all issues again.
    Raises Invalid, and SavedSearch.DoesNotExist for one that was deleted meanwhile."""
    with transaction.atomic():
        owner = _one_at_a_time(search.owner)
        current = SavedSearch.objects.get(pk=search.pk)
        if name is not None:
            current.name = _name(name)
            _is_free(
                SavedSearch.objects.filter(owner=owner, project=current.project_id).exclude(pk=current.pk),
                current.name,
            )
        if is_shared is not None:
            newly, current.is_shared = is_shared and not current.is_shared, is_shared
            if newly:
                _may_be_shared(owner, current.project)
        if view is not None:
            check(view)
            for field, value in asdict(view).items():
                setattr(current, field, value)
        current.save()
        if not current.is_shared:
            DefaultSearch.objects.filter(search=current).exclude(user=owner).delete()


def delete(search: SavedSearch) -> None:
    """Whoever began their list with it begins with all open issues again."""
    SavedSearch.objects.filter(pk=search.pk).delete()


def move(search: SavedSearch, by: int) -> None:
    """Move a search among the owner's own of this list: -1 one place up, 1 one down; past an end it stays."""
    with transaction.atomic():
        _one_at_a_time(search.owner)
        own = list(
            SavedSearch.objects.filter(owner=search.owner, project=search.project).order_by(
                "position", "name", "id"
            )
        )
        place = next((index for index, each in enumerate(own) if each.pk == search.pk), None)
        if place is None:
            return
        own.insert(max(0, place + by), own.pop(place))
        changed = []
        for index, each in enumerate(own):
            if each.position != index:
                each.position = index
                changed.append(each)
        SavedSearch.objects.bulk_update(changed, ["position"])


def _one_at_a_time(user: User) -> User:
    """Lock the owner, so that bounds and names hold for many requests at once."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _name(text: str) -> str:
    name = " ".join(text.replace("\0", "").split())
    if not has_text(name):
        raise Invalid("name", "Give the search a name.")
    longest = 80
    if len(name) > longest:
        raise Invalid("name", f"The name is longer than {longest} characters.")
    return name


def _is_free(others: QuerySet[SavedSearch], name: str) -> None:
    if any(other.casefold() == name.casefold() for other in others.values_list("name", flat=True)):
        raise Invalid("name", f"You already have a saved search “{name}” here.")


def _may_be_shared(by: User, project: Project | None) -> None:
    if project is None:
        raise Invalid(
            "is_shared", "A search in all projects cannot be shared: each person sees other projects."
        )
    if not may(by, Capability.EVENT_WRITE, project):
        raise Invalid("is_shared", "Your role in this project does not allow you to share a search.")
