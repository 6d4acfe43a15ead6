"""Files of a folder exchanged for others as one step: all of them, or none, whenever the process is killed.

What is to come lies complete in a folder beside; then a note is written, which is the moment from which on the
exchange counts: each thing there is moved away and the new one moved in, by renames. Whoever finds the note later does
what is left of it. Nobody may have the files open.
"""

import json
import os
import shutil
from pathlib import Path

__all__ = ["begin", "complete"]

NOTE = "exchange.json"


def begin(folder: Path, new: Path, kept: Path, names: tuple[str, ...]) -> None:
    """Exchange what is called `names` in `folder` for what is called so in `new`; the former goes to `kept`.

    A name that `new` does not hold is gone from `folder` afterwards. All three are on one disk.
    """
    come = [name for name in names if (new / name).exists()]
    note = {"new": new.name, "kept": kept.name, "names": list(names), "come": come}
    part = folder / f"{NOTE}.part"
    with part.open("w") as file:
        file.write(json.dumps(note))
        file.flush()
        os.fsync(file.fileno())  # after a power cut the note is whole, or not there
    part.replace(folder / NOTE)
    complete(folder)


def complete(folder: Path) -> bool:
    """Do what is left of an exchange; whether there was one."""
    try:
        note = json.loads((folder / NOTE).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return False
    new, kept = folder / note["new"], folder / note["kept"]
    kept.mkdir(exist_ok=True)
    for name in note["names"]:
        if name in note["come"] and not (new / name).exists():
            continue  # it is in its place
        if (folder / name).exists() and not (kept / name).exists():
            (folder / name).rename(kept / name)
        if name in note["come"]:
            _drop(folder / name)  # what somebody has begun anew since the former was moved away
            (new / name).rename(folder / name)
    (folder / NOTE).unlink()
    shutil.rmtree(new, ignore_errors=True)
    return True


def _drop(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
