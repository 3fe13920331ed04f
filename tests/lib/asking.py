"""A request as a guard hands it on: for tests of what looks things up for the person who asks."""

from __future__ import annotations

from typing import cast

from django.test import RequestFactory

from accounts.access import Capability, SignedInRequest
from accounts.models import User


def asking(user: User, capability: Capability = Capability.EVENT_READ) -> SignedInRequest:
    """A request of `user` that needs `capability`."""
    request = cast("SignedInRequest", RequestFactory().get("/"))
    request.user, request.capability = user, capability
    return request
