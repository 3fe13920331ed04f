"""/api/projects/{id}/releases"""
