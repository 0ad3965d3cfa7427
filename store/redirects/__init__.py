"""Where addresses went: what once had a page leads to the page that took its place."""
