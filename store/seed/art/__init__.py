"""The demo shop's pictures: vector artwork composed in code and rendered by typst, the same bytes every time."""
