"""Who works in the back office, and what they may do."""
