"""The command line. Commands are thin and import late, so that each starts only what it needs."""

import signal
import sys


def main() -> None:
    """Run one command and exit; a refusal is one line, never a traceback."""
    from store.ops.refusal import Refusal

    try:
        from store.cli.commands import commands

        signal.signal(signal.SIGINT, signal.default_int_handler)
        commands()
    except Refusal as reason:
        sys.exit(f"store: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)
