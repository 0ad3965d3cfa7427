"""Orders that staff make and change: drafts, and changes of what was ordered with their difference settled."""
