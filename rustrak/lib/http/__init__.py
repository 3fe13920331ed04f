"""What holds for every HTTP request, to an SDK address or to a page.

hosts.py             which Host headers are answered
body_deadline.py     how long a body may take to arrive
view_limits.py       how large it may be
confirmation.py      what a form must repeat to delete much
response_headers.py  the headers of every answer
"""
