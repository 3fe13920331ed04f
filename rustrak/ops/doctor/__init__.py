"""`manage.py doctor`: what is wrong with this installation, and what helps.

examination.py     the order of the checks, and that none of them ends it
findings.py        what a check says · report.py  how it is shown
configuration.py · machine.py · database.py · spool.py · processes.py · address.py · attachments.py   the checks
fetch.py           one bounded HTTP request
"""

from __future__ import annotations

from rustrak.ops.doctor.examination import examine
from rustrak.ops.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
