"""Pages that searches lead to and from: saved searches, what waits for review, tags and people."""
