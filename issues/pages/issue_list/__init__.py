"""The issue list, of one project and of all that somebody may see; and the way through it from inside an issue."""
