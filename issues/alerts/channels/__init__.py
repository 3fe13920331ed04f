"""The kinds of channels, one module each (issues.alerts.channel says what a kind is). registry.py has all of them."""
