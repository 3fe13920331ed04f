from __future__ import annotations

import pytest
from django.conf import settings

from accounts.models import Project
from ingest.digest import loop
from ingest.digest.loop import drain
from issues.models import Event, Grouping, Issue
from issues.payload import fingerprint
from issues.record import references
from issues.search import Scope
from issues.search.events.conditions import wanted
from issues.search.events.scan import scan
from issues.symbols.answers import Unavailable
from rustrak.lib import clock
from tests.lib.events import dumps
from tests.lib.mapping import browser_event, frames_of, original, uploads
from tests.lib.spooled import record, write

pytestmark = pytest.mark.django_db
