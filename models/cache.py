"""Vectors of texts that were read before, kept by what they were read from.

A folder of parts that are only ever added, each a safetensors file written under another name and renamed: nothing
is rewritten when a batch comes, a killed write leaves what was there, and two processes may add at once. Many small
parts are joined now and then. Whoever misses a text first looks whether another process has added it meanwhile.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

__all__ = ["Vectors"]

MOST_KEPT = 200_000  # vectors, 300 MB at width 384: above it the oldest go
MOST_PARTS = 24  # files; more are joined into one
PART = "*.safetensors"


class Vectors:
    """Vectors by the hash of their text, in memory and, where there is a folder, on disk."""

    def __init__(self, folder: Path | None, most: int = MOST_KEPT) -> None:
        """folder: of one network only, made when needed; None keeps in memory alone."""
        self._folder = folder
        self._most = most
        self._known: dict[bytes, np.ndarray] = {}
        self._parts: set[str] = set()  # those that were read or written here

    def of(self, texts: list[str], compute: Callable[[list[str]], np.ndarray]) -> np.ndarray:
        """(texts, d) float32 vectors; `compute` gets those that are not known, each once, and answers (n, d)."""
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        if any(key not in self._known for key in keys):
            self._read()
        found = {key: vector for key in keys if (vector := self._known.get(key)) is not None}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            computed = np.asarray(compute(list(new.values())), dtype=np.float32)
            found |= dict(zip(new, computed, strict=True))
            self._add(list(new), computed)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)

    def __len__(self) -> int:
        return len(self._known)

    def _add(self, keys: list[bytes], vectors: np.ndarray) -> None:
        self._keep(dict(zip(keys, vectors, strict=True)))
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write(keys[-self._most :], vectors[-self._most :])
        if len(list(self._folder.glob(PART))) > MOST_PARTS:
            self._join()

    def _keep(self, vectors: dict[bytes, np.ndarray]) -> None:
        self._known |= vectors
        for key in list(self._known)[: max(0, len(self._known) - self._most)]:
            self._known.pop(key, None)  # another thread may have been quicker

    def _read(self) -> None:
        """Take up the parts that are new; a damaged one, or one that was joined meanwhile, is no part."""
        if self._folder is None:
            return
        for path in sorted(self._folder.glob(PART)):
            if path.name not in self._parts:
                self._parts.add(path.name)
                with contextlib.suppress(OSError, SafetensorError, KeyError, ValueError):
                    self._keep(_part(path))

    def _write(self, keys: list[bytes], vectors: np.ndarray) -> None:
        assert self._folder is not None
        path = self._folder / f"{time.time_ns()}-{os.getpid()}.safetensors"  # sorts by age
        packed = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
        half = path.with_suffix(".half")
        save_file({"keys": packed, "vectors": np.ascontiguousarray(vectors)}, half)
        half.replace(path)
        self._parts.add(path.name)

    def _join(self) -> None:
        """One part in place of many. Two processes at once write it twice, which the next joining mends."""
        assert self._folder is not None
        self._read()
        old = [path for path in self._folder.glob(PART) if path.name in self._parts]
        self._write(list(self._known), np.stack(list(self._known.values())))
        for path in old:
            path.unlink(missing_ok=True)
            self._parts.discard(path.name)


def _part(path: Path) -> dict[bytes, np.ndarray]:
    held = load_file(path)
    return dict(zip(map(bytes, held["keys"]), held["vectors"].astype(np.float32), strict=True))
