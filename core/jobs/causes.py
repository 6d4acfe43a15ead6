"""Why a job failed, in words and as one of a few causes: told by what it raised, what it printed, how it ended.

A process that was killed says nothing, so how its machine stood is written down when it is started: after a restart
of the machine, or of the container that it runs in, another stamp is found.
"""

import errno
import re
from pathlib import Path
from typing import Any, Literal

from core.errors import DebutError, NotReady
from models.errors import ModelError

__all__ = ["CAUSES", "Cause", "failure", "machine", "silent"]

Cause = Literal["", "data", "memory", "disk", "machine", "killed", "error"]
CAUSES: dict[Cause, str] = {
    "": "",
    "data": "The data",
    "memory": "Memory",
    "disk": "The disk is full",
    "machine": "Ended with the machine",
    "killed": "Killed",
    "error": "An error",
}
"""As a table names them."""
LOST = "The work ended without a result."
WORDS: dict[Cause, str] = {
    "memory": "The machine has too little memory for it. Close other programs, or choose a quicker effort, and try "
    "again.",
    "disk": "The disk is full. Free some space (the Jobs & backup page tells what takes it), and try again.",
    "machine": "It ended with the machine, which was shut down or restarted meanwhile. Try again.",
}
NO_MEMORY = re.compile(r"MemoryError|can't allocate memory|Cannot allocate memory|bad_alloc|Out of Memory Error")
NO_SPACE = re.compile(r"No space left on device|ENOSPC|Disk quota exceeded")
RAISED = re.compile(r"[\w.]+(Error|Exception|Interrupt)\b")
KILLED, STOPPED = -9, -15


def failure(error: Exception) -> dict[str, str]:
    """What `error.json` holds of an exception: `error` in words, and `cause`."""
    if isinstance(error, DebutError | ModelError):
        return {"error": str(error), "cause": "data" if isinstance(error, NotReady) else "error"}
    said = f"{type(error).__name__}: {error}"
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    cause: Cause = "disk" if full or NO_SPACE.search(said) else "memory" if NO_MEMORY.search(said) else "error"
    return {"error": f"{LOST} {WORDS.get(cause, said)}", "cause": cause}


def silent(folder: Path, process: dict[str, Any], status: int | None) -> tuple[str, Cause]:
    """Why a process is gone that has written neither result nor error: words, and the cause.

    process: what was written when it was started. status: how it ended, where it was a child of this process.
    """
    log = folder / "log.txt"
    text = log.read_text(errors="replace") if log.exists() else ""
    if NO_SPACE.search(text):
        return f"{LOST} {WORDS['disk']}", "disk"
    if NO_MEMORY.search(text):
        return f"{LOST} {WORDS['memory']}", "memory"
    raised = next((line for line in reversed(text.strip().splitlines()) if RAISED.match(line)), None)
    if raised:
        return f"{LOST} {raised}", "error"
    if process.get("machine") not in (None, machine()):
        return f"{LOST} {WORDS['machine']}", "machine"
    why = {KILLED: "It was killed, probably", STOPPED: "It was stopped from outside, perhaps"}.get(
        status or 0, "Perhaps"
    )
    return (
        f"{LOST} {why} because the machine ran out of memory or was shut down. "
        "Close other programs, or choose a quicker effort, and try again."
    ), "killed"


def machine() -> str:
    """Which start of the machine this is; another one after a restart of it, or of its container. '' where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        first = Path("/proc/1/stat").read_text().rsplit(")", 1)[1].split()[19]  # when its first process began
    except (OSError, IndexError):
        return ""
    return f"{boot}:{first}"
