"""Which of two releases is newer, and why. Pure."""
