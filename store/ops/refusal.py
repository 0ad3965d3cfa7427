"""What an operator is told instead of a traceback."""


class Refusal(Exception):
    """A reason not to go on, in one line, with what to do about it. The command line prints it and exits with 1."""
