"""A client of one provider of identities: OpenID Connect, and GitHub's OAuth 2. Knows no app and stores nothing.

client.py     `begin` and `finish`: a sign-in from the link to the provider to who came back
provider.py   the provider, as the settings name it, and what differs between products
roles.py      OIDC_ROLES: which groups have which roles
discovery.py  what the provider publishes about itself: addresses and keys
id_tokens.py  checks what the provider signed
identity.py   who somebody is, from claims
github.py     the same from GitHub's API
asking.py     requests to the provider, bounded in time and size

Sources: OpenID Connect Core 1.0, OpenID Connect Discovery 1.0, RFC 6749, RFC 7636, RFC 9207, RFC 9700.
"""
