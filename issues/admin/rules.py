"""The rules of projects. They are changed on the project's pages, which check them, show what they do and keep versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from accounts.admin.read_only import Bounded
from issues.models import FingerprintRules, OwnershipRules, PrivacyRules

if TYPE_CHECKING:
    PrivacyAdminBase = admin.ModelAdmin[PrivacyRules]
    FingerprintAdminBase = admin.ModelAdmin[FingerprintRules]
    OwnershipAdminBase = admin.ModelAdmin[OwnershipRules]
else:
    PrivacyAdminBase = FingerprintAdminBase = OwnershipAdminBase = admin.ModelAdmin


@admin.register(PrivacyRules)
class PrivacyRulesAdmin(Bounded, PrivacyAdminBase):
    """Without a project: those of the installation."""

    list_display = ("__str__", "project", "default_rules", "addresses", "version", "updated_at")
    list_filter = ("addresses",)
    list_select_related = ("project",)
    ordering = ("project", "pk")


@admin.register(FingerprintRules)
class FingerprintRulesAdmin(Bounded, FingerprintAdminBase):
    list_display = ("project", "version", "created_by", "created_at")
    list_filter = ("project",)
    list_select_related = ("project", "created_by")
    ordering = ("-pk",)


@admin.register(OwnershipRules)
class OwnershipRulesAdmin(Bounded, OwnershipAdminBase):
    list_display = ("project", "version", "created_by", "created_at")
    list_filter = ("project",)
    list_select_related = ("project", "created_by")
    ordering = ("-pk",)
