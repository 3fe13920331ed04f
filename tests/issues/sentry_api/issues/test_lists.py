"""issues/sentry_api/issues/lists.py"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
