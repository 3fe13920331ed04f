"""Users, projects and API tokens in Django's admin. Keys and counters are read-only there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import actions
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import admins, keys, projects
from accounts.audit.actions import Action
from accounts.audit.in_admin import Audited
from accounts.models import ApiToken, FormerSlug, Membership, Project, ProjectKey, SignIn, Team, User
from rustrak.lib import clock

admin.site.site_header = admin.site.site_title = "Rustrak"
admin.site.index_title = "Administration"
admin.site.site_url = f"{settings.FORCE_SCRIPT_NAME or ''}/"
# The only sign-in page is the one where failed attempts are limited.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)
# A user has one address, User.email.
admin.site.unregister(EmailAddress)
# Nobody reads or makes the second factors of others.
admin.site.unregister(Authenticator)


_LEFT = "{} would be left without an admin. Make another member an admin of it first."


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """The e-mail address and password of a new user."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return _unused_email(self.cleaned_data["email"], self.instance)


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    """What an admin may change of a user. The password has a page of its own. `by` is the admin."""

    by: User | None = None

    class Meta:
        model = User
        fields = "__all__"
        help_texts = {
            "is_active": "Deactivating ends the user's sessions and deletes their API tokens.",
            "role": "Owners and admins may do everything, auditors read everything; members see the projects that they are members of.",
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a change after which no admin could sign in. Django's admin calls it in the transaction that saves."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk:
            active, role = cleaned.get("is_active"), cleaned.get("role")
            admins.lock()
            try:
                admins.check_left([self.instance.pk], role if active else None)
                if not active or role == User.Role.AUDITOR:
                    projects.check_not_missed(self.instance)
            except (admins.LastAdmin, projects.LastProjectAdmin) as last:
                self.add_error("role" if active else "is_active", str(last))
        return cleaned

    def clean_role(self) -> str:
        role, before = str(self.cleaned_data["role"]), str(self.initial.get("role", User.Role.MEMBER))
        if role != before and self.by is not None and not admins.may_change(self.by, before, role):
            raise forms.ValidationError("Only an owner may make somebody an owner.")
        return role

    def clean_email(self) -> str:
        return _unused_email(self.cleaned_data["email"], self.instance)


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A new password for a user, or none, with which nobody can sign in."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("set_usable_password", True):
            try:
                admins.check_left([self.user.pk])
            except admins.LastAdmin as last:
                self.add_error("usable_password", str(last))
        return cleaned


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """A project's name, slug and platform, by the rules of accounts.projects."""

    class Meta:
        model = Project
        fields = ("name", "slug", "platform")

    def clean_name(self) -> str:
        return self._checked(projects.checked_name, "name")

    def clean_slug(self) -> str:
        return self._checked(projects.checked_slug, "slug")

    def _checked(self, check: Callable[[str], str], field: str) -> str:
        try:
            return check(str(self.cleaned_data[field]))
        except projects.BadProject as bad:
            raise forms.ValidationError(str(bad)) from None


class MembershipForms(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The members of a project."""

    def clean(self) -> None:
        """Refuse a change that leaves the project without an admin, in the transaction that saves it."""
        super().clean()
        if any(self.errors) or not self.instance.pk:
            return
        changed = [form for form in self.forms if form.has_changed()]
        coming = any(
            one.cleaned_data.get("role") == Membership.Role.ADMIN
            and one.cleaned_data["user"].is_active
            and not one.cleaned_data.get("DELETE")
            for one in changed
            if one.cleaned_data.get("user")
        )
        leaving = [form.instance.pk for form in changed if form.instance.pk]
        try:
            projects.check_admin_left(self.instance, leaving, coming)
        except projects.LastProjectAdmin as last:
            raise forms.ValidationError(str(last)) from None


def _unused_email(email: str, user: User) -> str:
    email = email.strip().lower()
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise forms.ValidationError("A user with this e-mail address already exists.")
    return email


def _may_change(request: HttpRequest, user: User | None) -> bool:
    """Whether the admin may change this account: that of an owner only if they are one."""
    by = request.user
    return user is None or (isinstance(by, User) and admins.may_change(by, user.role))


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    formset = MembershipForms
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        # Those without an account are on the project's settings page.
        return super().get_queryset(request).exclude(user=None)


@admin.register(User)
class UserAdmin(Audited, DjangoUserAdmin):  # type: ignore[type-arg]
    creates, changes, deletes = Action.PERSON_CREATE, Action.PERSON_CHANGE, Action.PERSON_DELETE
    add_form = NewUserForm
    form = UserForm
    change_password_form = PasswordForm
    actions = ("delete_selected",)
    ordering = ("email",)
    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Permissions", {"fields": ("is_active", "role")}),
        ("Preferences", {"fields": ("theme", "single_key_shortcuts")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_change(request, obj)

    @admin.action(permissions=["delete"], description="Delete selected users")
    def delete_selected(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        with transaction.atomic():  # as the deletion of one user is
            return actions.delete_selected(self, request, users)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What goes with the users, by counting: Django would load every row. The last admin is protected."""
        users = list(objs)
        keys = [user.pk for user in users]
        admins.lock()
        try:
            admins.check_left(keys)
            protected = []
        except admins.LastAdmin as last:
            protected = [str(last)]
        protected += [
            f"{user.email} is an owner: only owners may delete one"
            for user in users
            if not _may_change(request, user)
        ]
        counts = {
            "users": len(users),
            "memberships": Membership.objects.filter(user__in=keys).count(),
            "API tokens": ApiToken.objects.filter(user__in=keys).count(),
            "sessions": SignIn.objects.filter(user__in=keys).count(),
            "entries of the admin's log": LogEntry.objects.filter(user__in=keys).count(),
        }
        shown = [f"User: {user.email}" for user in users]
        protected += [_LEFT.format(project) for project in projects.only_administered_by(keys)]
        return shown, counts, set(), protected

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        # With the former address allauth would still allow signing in.
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
        if not change:
            projects.join_awaited(obj)
        elif "email" in form.changed_data:
            # The former address may be added again, as somebody else's.
            Membership.objects.filter(user=obj).update(email="")


class KeyInline(admin.TabularInline):  # type: ignore[type-arg]
    """The keys of a project, to read: its page “Client keys” changes them."""

    model = ProjectKey
    fields = readonly_fields = (
        "name", "key", "is_enabled", "expires_at", "max_events_per_minute", "max_events_per_hour", "last_used_at",
    )  # fmt: skip
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Project)
class ProjectAdmin(Audited):
    creates, changes = Action.PROJECT_CREATE, Action.PROJECT_CHANGE
    form = ProjectForm
    list_display = ("name", "slug", "id", "stored_event_count", "digested_event_count", "created_at")
    search_fields = ("name", "slug")
    readonly_fields = (
        "sentry_key", "dsn", "stored_event_count", "digested_event_count", "created_at", "updated_at",
    )  # fmt: skip
    fields = ("name", "slug", "platform", *readonly_fields)
    inlines = (MembershipInline, KeyInline)

    def save_model(
        self, request: HttpRequest, obj: Project, form: forms.ModelForm[Project], change: bool
    ) -> None:
        # The digest updates the counters at the same time: write only the fields that were changed here.
        if not change:
            FormerSlug.objects.filter(slug=obj.slug).delete()
            super().save_model(request, obj, form, change)
            keys.listed(obj)  # makes its first key
            return
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if "platform" in changed:
            Project.objects.filter(pk=obj.pk).update(platform=changed["platform"], updated_at=clock.now())
        projects.rename(obj, name=changed.get("name"), slug=changed.get("slug"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).filter(deleting_at=None)

    def view_on_site(self, obj: Project) -> str:
        return reverse("project_settings", kwargs={"slug": obj.slug})

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Never: the project's settings page deletes it, and says there what is deleted with it."""
        return False


@admin.register(Team)
class TeamAdmin(Audited):
    creates, changes = Action.TEAM_CREATE, Action.TEAM_CHANGE
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "members")
    autocomplete_fields = ("members",)

    def view_on_site(self, obj: Team) -> str:
        return reverse("team", kwargs={"team_id": obj.pk})

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """Never: the team's own page deletes it, and writes into the history of its issues that they are nobody's."""
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(Audited):
    deletes = Action.TOKEN_DELETE
    list_display = ("prefix", "user", "description", "is_for_projects", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "projects__name", "description")
    fields = readonly_fields = (
        "prefix", "user", "description", "capabilities", "is_for_projects", "projects", "created_at", "expires_at", "last_used_at",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
