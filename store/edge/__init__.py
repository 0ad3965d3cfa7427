"""The cache in front of the shop: what it must throw away, and the rules it works by."""
