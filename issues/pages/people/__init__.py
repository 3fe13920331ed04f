"""What people choose for the mail to themselves.

my_alerts.py    what one receives and why, quiet hours, the summary
choices_form.py its form
unsubscribe.py  where the links in messages lead
"""
