"""The versions of a project's fingerprint rules, and what they would change.

versions.py   saving, reading and comparing versions
newest.py     the newest stored events of a project, read one after the other
tally.py      what rules do with events, summed up in memory
preview.py    what a change of the rules does, tried on stored events; what stored events the saved rules would put elsewhere
binding.py    having new events of a rule go to an issue that exists

issues.payload.rules knows what the text of rules means.
"""
