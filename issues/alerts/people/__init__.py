"""Who gets mail about a project, why, and when.

choices.py     what a person chose, read and saved with validation
recipients.py  the people whom a rule tells, each with the time from which they may get mail
local_time.py  wall-clock times in time zones, quiet hours: pure
"""
