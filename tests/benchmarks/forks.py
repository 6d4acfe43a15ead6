"""Children that are forked and may be killed: what they answer, and what they were last heard to be doing.

The parent must hold no database open: a fork of it would be broken.
"""

import json
import mmap
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

__all__ = ["Stage", "in_child", "leave"]


class Stage:
    """What a child is at, in memory that it shares: what it wrote last is there after it was killed."""

    SIZE = 64

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self.SIZE)

    def say(self, note: str) -> None:
        """Note what is being done."""
        self._memory[:] = note.encode()[: self.SIZE].ljust(self.SIZE)

    @property
    def said(self) -> str:
        """The last note."""
        return self._memory[:].decode(errors="ignore").strip()


def in_child(act: Callable[[], Any]) -> Any:
    """What `act` gives in a fork, as JSON. Raises RuntimeError where it fails there."""
    with tempfile.TemporaryFile("w+") as answer:
        child = os.fork()
        if not child:
            leave(lambda: print(json.dumps(act()), file=answer, flush=True))
        _, status = os.waitpid(child, 0)
        if status:
            raise RuntimeError(f"a child ended with {status}; see above")
        answer.seek(0)
        return json.load(answer)


def leave(act: Callable[[], object]) -> None:
    """End this child by `act`, without what the parent has registered for its own end."""
    try:
        act()
        code = 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
