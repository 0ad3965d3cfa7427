"""Which tax rate a line bears."""
