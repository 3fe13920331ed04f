"""Messages to people: stored by whoever has something to say, sent by `manage.py deliver`, never in a request.

outbox.py      puts a message into the table, within its bounds, and tells what waits
kinds.py       what kinds of messages there are: how long each is tried, how many may wait, who writes it
delivery.py    claims what is due, sends it, tries again later or gives up
connection.py  one bounded connection to the SMTP server of EMAIL_URL
composition.py a message as it is sent: text, with HTML where there is some
failures.py    what went wrong, whom it concerns, and what helps
"""
