"""What a notebook tells the run that executes it: what it read, what it wrote, and which step is at work."""

from __future__ import annotations

import contextlib
import json
import os

LISTENER = "NEWSKIT_LISTENER"  # the file that a run listens to; where no run does, nothing is told


def tell(**fact: object) -> None:
    """Add a fact to what the run is told, as a line of JSON; what cannot be told is never an error."""
    if listener := os.environ.get(LISTENER):
        with contextlib.suppress(OSError), open(listener, "a", encoding="utf-8") as file:
            file.write(json.dumps(fact) + "\n")
