"""Orders: what was bought at which price, where it stands, and everything that happened to it."""
