"""Pages that people write: home, about, legal."""
