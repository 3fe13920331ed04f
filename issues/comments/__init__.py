"""What people write about an issue, and whom they mention."""
