"""The words by which issues are found: what each issue has, and what events add to it."""
