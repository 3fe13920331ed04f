"""The JSON API as a whole: the routes of every app, their description, and the pages that explain them."""
