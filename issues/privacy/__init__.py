"""Removing secrets and personal data from what SDKs send, before anything of it is stored (docs/privacy.md).

`engine` is pure and works on a decoded payload with a `ruleset.Policy`; `policy` loads that of a project.
"""
