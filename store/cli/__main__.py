"""`python -m store.cli`."""

import signal

# Until the command has loaded, Ctrl-C ends it without a word; afterwards `main` answers.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from store.cli import main  # noqa: E402 - the line above has to come first

main()
