"""The pages of alerts: rules, channels, and the history of what was sent.

words.py         what triggers, news and states are called
sentences.py     a rule as a sentence
rules.py         the list of a project's rules; switching, copying and deleting one
rule_form.py     the form of a rule
rule_editor.py   the page with that form, and the preview that is shown before a rule is saved
suggestions.py   what a project's events have: environments, releases, tags
channels.py      the lists of channels, of a project and of the installation
channel_form.py  the form of a channel, made from the fields of its kind
channel_editor.py  the pages that create, change, test and delete a channel
history.py       the messages, their attempts and the answers
"""
