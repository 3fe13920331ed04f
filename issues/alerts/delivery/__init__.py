"""The outbox: sends what issues.alerts.rules wrote, notes each attempt, and loses nothing.

run.py         one run of `manage.py deliver`: collects, claims, sends in a few threads, until nothing is due
claims.py      whose turn it is, and the leases · slot.py  who holds them
preparing.py   what is to be sent of what is claimed
notices.py     what a message says · wording.py  its words · excerpts.py  the code at the crash
sending.py     one attempt, without the database
outcomes.py    what an attempt changes in the database · pauses.py  when the next one is · mail_server.py  that of all mail
journal.py     what was sent, on disk, before the database knows
restored.py    whether the database was restored from a backup
turns.py       when the next turn is, for the process that waits
history.py     what was sent and was not, for people · standing.py  in figures
"""
