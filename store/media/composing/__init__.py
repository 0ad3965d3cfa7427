"""Pictures put together on the server: a garment in a colour, its folds, and what is printed on it."""
