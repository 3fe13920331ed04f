"""Users, projects and API tokens in Django's admin. Keys and counters are read-only there."""

from __future__ import annotations

import allauth.account.admin  # noqa: F401  registers what is unregistered below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import projects
from accounts.models import ApiToken, Membership, Project, User
from rustrak.lib import clock
from rustrak.lib.text.folding import fold

admin.site.site_header = admin.site.site_title = "Rustrak"
admin.site.index_title = "Administration"
# The only sign-in page is the one where failed attempts are limited.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)
# A user has one address, User.email.
admin.site.unregister(EmailAddress)


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """The e-mail address and password of a new user."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return _unused_email(self.cleaned_data["email"], self.instance)


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    """What an admin may change of a user. The password has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"
        help_texts = {"is_active": "Deactivating ends the user's sessions and deletes their API tokens."}

    def clean_email(self) -> str:
        return _unused_email(self.cleaned_data["email"], self.instance)


def _unused_email(email: str, user: User) -> str:
    email = email.strip().lower()
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise forms.ValidationError("A user with this e-mail address already exists.")
    return email


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        # Those without an account are on the project's settings page.
        return super().get_queryset(request).exclude(user=None)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    add_form = NewUserForm
    form = UserForm
    ordering = ("email",)
    list_display = ("email", "name", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Preferences", {"fields": ("theme", "single_key_shortcuts")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        # With the former address allauth would still allow signing in.
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
        if not change:
            projects.join_awaited(obj)
        elif "email" in form.changed_data:
            # The former address may be added again, as somebody else's.
            Membership.objects.filter(user=obj).update(email="")


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "slug", "id", "stored_event_count", "digested_event_count", "created_at")
    search_fields = ("name", "slug")
    fields = (
        "name",
        "slug",
        "platform",
        "sentry_key",
        "dsn",
        "stored_event_count",
        "digested_event_count",
        "created_at",
        "updated_at",
    )
    readonly_fields = (
        "sentry_key",
        "dsn",
        "stored_event_count",
        "digested_event_count",
        "created_at",
        "updated_at",
    )
    inlines = (MembershipInline,)

    def save_model(
        self, request: HttpRequest, obj: Project, form: forms.ModelForm[Project], change: bool
    ) -> None:
        # The digest updates the counters at the same time: write only the fields that were changed here.
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            if "name" in changed:
                changed["name_folded"] = fold(changed["name"])
            Project.objects.filter(pk=obj.pk).update(**changed, updated_at=clock.now())
        else:
            super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Never: the project's settings page deletes it, and says there what is deleted with it."""
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("prefix", "user", "description", "created_at", "last_used_at")
    search_fields = ("user__email", "description")
    fields = readonly_fields = ("prefix", "user", "description", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
