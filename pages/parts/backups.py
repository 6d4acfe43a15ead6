"""Backup and restore of the shop in use: one click each way, with a look at what a file holds before anything goes."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import backup, shell
from core.backup import Held
from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["make", "restore"]

SAID, REFUSED = "backup_said", "backup_refused"
MB = 1e6


def make(workspace: Workspace) -> None:
    """The backup of now, made on a click."""
    st.markdown(
        "One file with everything of this shop: data, decisions, approved plans, model versions, backtests. It is made "
        "while the shop is in use; each file in it has a checksum that is verified before it is restored."
    )
    private = st.toggle(
        "With the key of the customer ids and the original files",
        value=True,
        key="backup_private",
        help="Without the key, customers that are loaded later cannot be told from those of before. "
        "Leave both out of a file that somebody else gets.",
    )
    st.caption(_holds(workspace, private))
    st.download_button(
        "Download a backup",
        lambda: _made(workspace, private),
        backup.name(workspace),
        "application/zip",
        key="backup_make",
        icon=":material/archive:",
        type="primary",
        on_click="ignore",
        help=f"In a terminal, or every night: python -m core backup{_shop()} --out FILE",
    )


def restore(workspace: Workspace) -> None:
    """A file in; what it holds; then the shop is replaced, and can be put back."""
    if refused := st.session_state.pop(REFUSED, None):
        shell.fail(refused)
    if said := st.session_state.pop(SAID, None):
        st.success(shell.plain(said), icon=":material/check:")
    file = st.file_uploader(
        "A backup of a shop",
        type="zip",
        key=f"restore_{st.session_state.get('restored', 0)}",
        help=f"A larger file, or without a browser: python -m core restore{_shop()} FILE, while Debut is not running.",
    )
    if file is not None:
        _offer(workspace, file)
    _former(workspace)


def _offer(workspace: Workspace, file: UploadedFile) -> None:
    """What it holds beside what is here, once all its checksums are right."""
    try:
        held = _looked(file.file_id, file)
    except DebutError as error:
        shell.fail(error)
        return
    st.markdown(
        f"**This backup** of {held.made_at:%d %b %Y, %H:%M} (Debut {shell.plain(held.debut)}) holds "
        f"{shell.plain(str(held))}. All checksums are right. {_unpacked(held)}"
    )
    st.markdown(f"**It replaces** this shop: {shell.plain(backup.told(workspace))}, which is kept to go back to.")
    st.button(
        "Restore this backup",
        key="restore_do",
        icon=":material/settings_backup_restore:",
        type="primary",
        on_click=_safely,
        args=(lambda: _restored(workspace, file),),
    )


def _unpacked(held: Held) -> str:
    key = "" if held.private else " It has neither the key of the customer ids nor the original files."
    return f"Unpacked it takes {held.bytes / MB:,.1f} MB.{key}"


@st.cache_data(show_spinner="Verifying the checksums ...", max_entries=4)
def _looked(file_id: str, _file: UploadedFile) -> Held:
    with _on_disk(_file) as path:
        return backup.verify(path)


def _former(workspace: Workspace) -> None:
    """The way back after a restore."""
    former = backup.former(workspace.folder)
    if not former:
        return
    when = datetime.strptime(former[0].name.removeprefix(backup.FORMER), "%Y%m%d-%H%M%S-%f")
    st.markdown(f"The shop as it was before the restore of {when:%d %b %Y, %H:%M} is kept.")
    with st.container(horizontal=True):
        st.button(
            "Undo the restore",
            key="restore_undo",
            icon=":material/undo:",
            on_click=_safely,
            args=(lambda: _undone(workspace),),
            help="Exchanges the two: the restored shop is then the one that is kept.",
        )
        with st.popover("Remove it", icon=":material/delete:", key="former"):
            st.markdown("The former shop is removed from disk for good.")
            st.button("Remove", key="former_remove", type="primary", on_click=backup.forget, args=(workspace.folder,))


def _restored(workspace: Workspace, file: UploadedFile) -> str:
    with _on_disk(file) as path, st.spinner("Restoring. This takes some seconds ..."):
        backup.restore(workspace.folder, path, workspace)
    st.session_state.restored = st.session_state.get("restored", 0) + 1  # an empty box
    return f"Restored: {backup.told(workspace)}. The former shop is kept."


def _undone(workspace: Workspace) -> str:
    backup.undo(workspace.folder, workspace)
    return f"Back to the former shop: {backup.told(workspace)}."


def _safely(what: Callable[[], str]) -> None:
    """Do it; what came of it is told on the next run."""
    try:
        st.session_state[SAID] = what()
    except DebutError as error:
        st.session_state[REFUSED] = error


def _made(workspace: Workspace, private: bool) -> BytesIO:
    with tempfile.TemporaryDirectory(dir=workspace.artifacts, prefix="tmp") as folder:
        path = Path(folder) / "backup.zip"
        backup.make(workspace, path, private=private)
        return BytesIO(path.read_bytes())


@contextlib.contextmanager
def _on_disk(file: UploadedFile) -> Iterator[Path]:
    """The uploaded file under its own name, for the length of the block."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(file.name).name or "backup.zip")
        path.write_bytes(file.getbuffer())
        yield path


def _holds(workspace: Workspace, private: bool) -> str:
    """What of people is in the file, in words."""
    kept = any(workspace.originals.glob("*"))
    files = " It holds the original files, with all that stands in them." if private and kept else ""
    if not backup.pseudonymous(workspace):
        return f"Customer ids are in the file as they were loaded: this shop does not hash them.{files}"
    key = (
        "the key is in the file too, so that whoever has it can test a guess"
        if private
        else "the key is not in the file"
    )
    return f"Customers are pseudonyms (keyed hashes); {key}.{files}"


def _shop() -> str:
    return " --demo" if shell.shows_demo() else ""
