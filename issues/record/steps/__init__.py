"""Parts of storing a batch that look something up or decide something: each in one module, with a statement or two of its own."""
