"""The people whom events happened to: how they are named, and what they met."""
