"""E-mail: what it looks like, and the summaries that people can have.

sending.py    sends a notice to a person or to a channel's addresses
summaries.py  the summary that a person can have every day or week
summary_content.py, summary_message.py  what a summary tells, and what it looks like
rendering.py  a notice as a subject, as text and as HTML
headers.py    what mail programs read: conversations, lists, unsubscribing
links.py      the links at the end of a message, signed where they act without a sign-in
words.py      text of events, made safe for the places where it stands
"""
