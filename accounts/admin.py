"""Users, projects and tokens in Django's admin. Keys and counters are shown, never edited there."""

from __future__ import annotations

import allauth.account.admin  # noqa: F401  registers what is unregistered below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import ApiToken, Membership, Project, User
from rustrak.lib import clock

admin.site.site_header = admin.site.site_title = "Rustrak"
admin.site.index_title = "Administration"
# One sign-in page, so that there is one place where guessing is slowed down.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)
# A user's one address is User.email.
admin.site.unregister(EmailAddress)


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """E-mail and password."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return _free_email(self.cleaned_data["email"], self.instance)


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    """What an admin may change about a person; the password has a page of its own."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        return _free_email(self.cleaned_data["email"], self.instance)


def _free_email(email: str, user: User) -> str:
    email = email.strip().lower()
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise forms.ValidationError("There is a user with this e-mail address already.")
    return email


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    fields = ("user", "role")
    autocomplete_fields = ("user",)
    extra = 0


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
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Looks", {"fields": ("theme", "single_key_shortcuts")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool) -> None:
        super().save_model(request, obj, form, change)
        # allauth would still let the former address sign in.
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()


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
        # The digest moves the counters meanwhile: write only what was changed here (house rule 9).
        if change:
            changed = {name: form.cleaned_data[name] for name in form.changed_data}
            Project.objects.filter(pk=obj.pk).update(**changed, updated_at=clock.now())
        else:
            super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """The project's own settings page deletes it and says what goes with it."""
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
