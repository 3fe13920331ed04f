"""Pages about which events belong together: an issue's groupings, taking one out, and issues that look alike."""
