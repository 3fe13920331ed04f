"""Times as the reader of a page sees them: in their time zone, in the form that they chose. Pure: knows no request."""
