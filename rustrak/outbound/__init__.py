"""Connections to the outside: the only place that opens them for messages. Knows no app.

Addresses come from project admins, so each is checked when the socket connects, and redirects are not followed.
"""
