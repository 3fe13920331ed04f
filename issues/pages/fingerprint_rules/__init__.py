"""The pages of a project's fingerprint rules: the editor, versions, and the stored events that are elsewhere."""
