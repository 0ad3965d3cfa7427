"""What the screens of the back office show, each read in a fixed number of statements."""
