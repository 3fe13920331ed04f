"""Who looks after what in a project: rules, CODEOWNERS, and whom they name."""
