"""`manage.py doctor`: what is wrong with this installation, and how to fix it.

examination.py     runs all checks
findings.py        the result of a check · report.py  shows the results
configuration.py · machine.py · database.py · spool.py · processes.py · address.py · attachments.py ·
outgoing · alerts.py   the checks
arrival.py         compares how a request arrived with the settings · fetch.py  one bounded HTTP request
"""

from __future__ import annotations

from rustrak.ops.doctor.examination import examine
from rustrak.ops.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
