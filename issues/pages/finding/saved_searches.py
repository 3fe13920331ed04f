"""The pages about saved searches: saving the view of a list, changing what is saved. Of one project, or of the list of all."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.models import Project
from accounts.navigation import Section
from issues import saved_searches
from issues.models import SavedSearch
from issues.pages.finding.saved_menu import address, list_address
from issues.pages.finding.saved_search_form import SORTS, STATUSES, SavedSearchForm
from issues.render.values import line
from issues.saved_searches import Invalid, View, view_of

_GONE = "The search has been deleted meanwhile, so it was not changed."


@dataclass(frozen=True, slots=True)
class Row:
    """One saved search; `about` says in words what it shows besides its text."""

    search: SavedSearch
    name: str
    query: str
    about: str
    link: str
    owner: str
    is_default: bool
    may_change: bool
    change: str
    act: str


@member(section=Section.ISSUES)
@require_safe
def saved_searches_of_project(request: SignedInRequest, project: Project) -> HttpResponse:
    """All searches that one may use in the list of the project."""
    return _all(request, project)


@signed_in(reads=Capability.EVENT_READ)
@require_safe
def saved_searches_of_all(request: SignedInRequest) -> HttpResponse:
    """The same of the list of all projects."""
    return _all(request, None)


@member(changes=Capability.PROFILE_WRITE)
@require_POST
def new_of_project(request: SignedInRequest, project: Project) -> HttpResponse:
    """Save the view that the fields `status`, `q`, `sort`, `environment`, `period` and `trend` describe under `name`, or in place of
    the own search `replace`. `is_shared` and `is_default` are check boxes. Redirects to the view."""
    return _save(request, project)


@signed_in(reads=Capability.EVENT_READ)
@require_POST
def new_of_all(request: SignedInRequest) -> HttpResponse:
    """The same of the list of all projects."""
    return _save(request, None)


@member(changes=Capability.PROFILE_WRITE, section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def change_of_project(request: SignedInRequest, project: Project, search_id: int) -> HttpResponse:
    """The form that changes a search."""
    return _change(request, project, search_id)


@signed_in(reads=Capability.EVENT_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def change_of_all(request: SignedInRequest, search_id: int) -> HttpResponse:
    """The same of the list of all projects."""
    return _change(request, None, search_id)


@member(changes=Capability.PROFILE_WRITE)
@require_POST
def act_of_project(request: SignedInRequest, project: Project, search_id: int) -> HttpResponse:
    """`action`: `up` and `down` move one's own search, `default` and `no_default` say whether the list begins with it."""
    return _act(request, project, search_id)


@signed_in(reads=Capability.EVENT_READ)
@require_POST
def act_of_all(request: SignedInRequest, search_id: int) -> HttpResponse:
    """The same of the list of all projects."""
    return _act(request, None, search_id)


@member(changes=Capability.PROFILE_WRITE, section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_of_project(request: SignedInRequest, project: Project, search_id: int) -> HttpResponse:
    """Ask for confirmation; a POST deletes the search."""
    return _delete(request, project, search_id)


@signed_in(reads=Capability.EVENT_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def delete_of_all(request: SignedInRequest, search_id: int) -> HttpResponse:
    """The same of the list of all projects."""
    return _delete(request, None, search_id)


def _all(request: SignedInRequest, project: Project | None) -> HttpResponse:
    rows = [_row(request, project, search) for search in saved_searches.in_order(request.user, project)]
    context = {
        "project": project,
        "own": [row for row in rows if not row.owner],
        "shared": [row for row in rows if row.owner],
        "default": next((row for row in rows if row.is_default), None),
        "back": list_address(project),
        "most_shared": saved_searches.MOST_SHARED,
    }
    return render(request, "issues/finding/saved_searches.html", context)


def _row(request: SignedInRequest, project: Project | None, search: SavedSearch) -> Row:
    status = STATUSES.get(search.status, search.status)
    about = ["Issues for review" if search.status == "review" else f"{status} issues"]
    if search.environment:
        about.append(f"in {line(search.environment)}")
    if search.period:
        about.append(f"seen in the last {search.period}")
    about.append(f"by {SORTS.get(search.sort, search.sort).lower()}")
    return Row(
        search=search,
        name=line(search.name),
        query=line(search.query),
        about=", ".join(about),
        link=f"{list_address(project)}{view_of(search).link}",
        owner="" if search.owner_id == request.user.pk else line(search.owner.get_short_name()),
        is_default=bool(getattr(search, "is_default", False)),
        may_change=saved_searches.may_change(request.user, search),
        change=address("saved_search", project, search_id=search.pk),
        act=address("saved_search_act", project, search_id=search.pk),
    )


def _save(request: SignedInRequest, project: Project | None) -> HttpResponse:
    sent = request.POST
    view = View.of({name: value for name, value in sent.items() if isinstance(value, str)})
    back = redirect(f"{list_address(project)}{view.link}")
    is_shared, name = "is_shared" in sent, sent.get("name", "")
    try:
        if replaced := sent.get("replace", ""):
            search = _own(request, project, replaced)
            # Sharing is not taken back by a box that was left alone.
            saved_searches.change(
                search, view=view, name=name if name.strip() else None, is_shared=is_shared or None
            )
            search.refresh_from_db()
        else:
            search = saved_searches.create(request.user, project, name, view, is_shared=is_shared)
        if "is_default" in sent:
            saved_searches.set_default(request.user, project, search)
    except Invalid as problem:
        messages.error(request, f"The search was not saved. {problem}")
    except SavedSearch.DoesNotExist:
        messages.error(request, "The search that you wanted to replace has been deleted meanwhile.")
    else:
        messages.success(request, f"{line(search.name)} is saved.")
    return back


def _own(request: SignedInRequest, project: Project | None, key: str) -> SavedSearch:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise SavedSearch.DoesNotExist
    return SavedSearch.objects.select_related("owner").get(owner=request.user, project=project, pk=int(key))


def _change(request: SignedInRequest, project: Project | None, search_id: int) -> HttpResponse:
    search = _changeable(request, project, search_id)
    start = {name: getattr(search, name) for name in SavedSearchForm.base_fields}
    form = SavedSearchForm(request.POST if request.method == "POST" else None, initial=start)
    if project is None:
        del form.fields["is_shared"]
    if request.method == "POST" and form.is_valid():
        try:
            saved_searches.change(
                search,
                name=form.cleaned_data["name"],
                view=form.view(search.trend),
                is_shared=form.cleaned_data.get("is_shared", False),
            )
        except Invalid as problem:
            form.refuse(problem)
        except SavedSearch.DoesNotExist:
            messages.error(request, _GONE)
            return redirect(address("saved_searches", project))
        else:
            messages.success(request, f"{line(form.cleaned_data['name'])} is saved.")
            return redirect(address("saved_searches", project))
    context = {
        "project": project,
        "form": form,
        "name": line(search.name),
        "owner": "" if search.owner_id == request.user.pk else line(search.owner.get_short_name()),
        "back": address("saved_searches", project),
        "delete": address("saved_search_delete", project, search_id=search.pk),
    }
    return render(request, "issues/finding/saved_search.html", context)


def _act(request: SignedInRequest, project: Project | None, search_id: int) -> HttpResponse:
    search = get_object_or_404(saved_searches.visible(request.user, project), pk=search_id)
    action = request.POST.get("action", "")
    name = line(search.name)
    if action in ("up", "down"):
        if search.owner_id != request.user.pk:
            raise PermissionDenied("Only your own searches have an order.")
        saved_searches.move(search, -1 if action == "up" else 1)
    elif action == "default":
        saved_searches.set_default(request.user, project, search)
        messages.success(request, f"Your list begins with {name} from now on.")
    elif action == "no_default":
        saved_searches.set_default(request.user, project, None)
        messages.success(request, "Your list begins with all open issues from now on.")
    else:
        return HttpResponseBadRequest("Unknown action.")
    return redirect(address("saved_searches", project))


def _delete(request: SignedInRequest, project: Project | None, search_id: int) -> HttpResponse:
    search = _changeable(request, project, search_id)
    name, back = line(search.name), address("saved_searches", project)
    if request.method == "POST":
        saved_searches.delete(search)
        messages.success(request, f"{name} is deleted.")
        return redirect(back)
    context = {"project": project, "name": name, "is_shared": search.is_shared, "cancel": back}
    return render(request, "issues/finding/saved_search_delete.html", context)


def _changeable(request: SignedInRequest, project: Project | None, search_id: int) -> SavedSearch:
    """The search, if the user may use and change it; 404 and 403 otherwise."""
    search = get_object_or_404(saved_searches.visible(request.user, project), pk=search_id)
    if not saved_searches.may_change(request.user, search):
        raise PermissionDenied("Only its owner and admins of this project may change this search.")
    return search
