"""Search: from words to products."""
