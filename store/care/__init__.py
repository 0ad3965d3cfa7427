"""What shoppers do with an order of theirs: find it again, change where it goes, call it off, order it once more."""
