"""The grammar of searches: what a text says, without knowing any database. Pure."""
