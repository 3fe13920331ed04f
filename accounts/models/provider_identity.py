"""Who people are at a provider."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from rustrak.lib import clock


class ProviderIdentity(models.Model):
    """A person at a provider: issuer and subject stay the same when name and address change there."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    # As the provider had it at the last sign-in, for admins to recognize; empty if it said none.
    email = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "provider identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_unique"),
            # Somebody else gets an address that was given up, and must not get the account with it.
            models.UniqueConstraint(fields=["user", "issuer"], name="identity_of_user_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.subject} at {self.issuer}"
