"""What comes back and what went wrong: returns, exchanges and claims, from the shopper's request to the money."""
