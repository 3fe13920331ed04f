"""What a change of a project's rules would do, tried on events that are stored. Nothing is saved."""
