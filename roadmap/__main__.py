"""python -m roadmap: the commands, with a line each."""

from __future__ import annotations

import sys
from contextlib import suppress

from roadmap.base.close import did_you_mean
from roadmap.base.help import commands, overview


def main() -> int:
    """Print the commands; return 2 for words that it does not take."""
    words = [word for word in sys.argv[1:] if word not in ("--help", "-h")]
    if not words:
        with suppress(BrokenPipeError):  # the reader, as ``head``, has seen enough
            print(overview(), flush=True)
        return 0
    names = [one.name for one in commands()]
    if words[0] in names:
        line = f"valid: python -m roadmap.{words[0]}"
    else:
        hint = did_you_mean(words[0], names)
        line = f"no such command; {hint}valid: {', '.join(names)}"
    print(f"error: {words[0]}: {line}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
