"""The state of an issue on its page, and the forms that change it. shown.py reads what a page shows, sent.py what a form sends."""
