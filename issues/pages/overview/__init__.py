"""The start page: the projects that one may see, and how they are doing."""
