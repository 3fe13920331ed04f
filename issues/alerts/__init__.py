"""Tells people and programs what happened: the only thing that leaves the server.

rules/              compares facts (issues.facts) with a project's rules, and writes deliveries
delivery/           claims deliveries, sends them, notes each attempt
stored_channels/    channels in the database: their secrets, who may change them
channels/           the kinds of channels, a module each
mail/               e-mail: what it looks like, and the summaries that people can have
people/             who gets mail about a project, and why
channel.py          what a kind of channel is
notice.py           what a message says, whatever it is sent by
"""
