"""The JSON API of what arrives: filters, limits, the ledger and the latest requests."""
