"""Sign-in through the provider that the settings name (docs/sign-in.md, "OpenID Connect").

people.py   the account of somebody whom the provider knows: found, connected or created
roles.py    the roles that their groups there have here
keeping.py  what a browser keeps meanwhile, encrypted in cookies
"""
