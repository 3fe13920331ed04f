"""Compares what changed (issues.facts) with a project's rules, and writes the deliveries that follow.

collect.py        takes facts of each project in turn; what `deliver` calls
turn.py           compares some facts of one project with its rules
candidates.py     what rules want to tell, as far as their filters say
matching.py       level, environment, release and tags of an event against a rule's filters
subjects.py       the issues and events that filters look at
volumes.py        events and people by minute; issues that escalate
spikes.py         what is usual in an hour, and what is a spike
marks.py          cooldowns, and what they hold back
destinations.py   channels and people of the rules
besides/          what is told besides what rules ask for
bursts.py         many messages as one
messages.py       a message before it is a row
values.py         what people choose for a rule
stored.py         rules in the database: creates, changes and deletes them
defaults.py       the first rule of every project
preview.py        what a rule would have sent
why.py            which rules mail a person
"""
