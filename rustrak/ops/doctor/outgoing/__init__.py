"""What this server connects to: mail, alerts, and the provider through which people sign in."""
