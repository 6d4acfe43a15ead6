"""In the demo shop: let the next weeks be sold, so that launches can be followed up without waiting for them."""

import streamlit as st

from core import demo, shell
from core.errors import DebutError
from core.track import played
from core.track.played import Played
from core.tracking import Tracking

__all__ = ["show"]

WEEKS = [1, 2, 4, 8]
REFUSED = "play_refused"


def show(tracked: Tracking) -> None:
    """A button for it; of a real shop nobody knows what it would sell."""
    if not shell.shows_demo():
        return
    with st.expander("Play the next weeks", icon=":material/fast_forward:", expanded=not tracked.courses):
        st.markdown(
            "The demo shop knows the true demand of every item. Let it sell on: the launches of the approved plans go "
            "on sale in their weeks, at their prices, as far as their stock goes. What comes of it is loaded as an "
            "export would be. It can be taken back here, all of it at once."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            weeks = st.segmented_control("Weeks", WEEKS, default=4, required=True, key="play_weeks")
            if st.button("Play", icon=":material/play_arrow:", type="primary", key="play"):
                _play(weeks or WEEKS[0])
            _back()


def _back() -> None:
    """One undo for all that the last period has brought."""
    period = played.last(shell.workspace().cursor())
    if period is not None:
        st.button(
            f"Take back {period.first:%d %b} to {period.last:%d %b %Y}", icon=":material/undo:", key="play_undo",
            on_click=_undo, args=(period,),
            help=f"Undoes its {len(period.files)} imports: {shell.plain(', '.join(period.files))}.",
        )  # fmt: skip
    if refused := st.session_state.pop(REFUSED, None):
        shell.fail(refused)


def _undo(period: Played) -> None:
    try:
        played.undo(shell.workspace(), period)
    except DebutError as error:
        st.session_state[REFUSED] = error
        return
    st.toast(f"{period.first:%d %b} to {period.last:%d %b %Y} is taken back.", icon=":material/undo:")


def _play(weeks: int) -> None:
    try:
        with st.status("Selling on ...") as status:
            demo.play(shell.workspace(), weeks, lambda note: status.update(label=f"{note.capitalize()} ..."))
    except DebutError as error:
        shell.fail(error)
        return
    st.toast(f"{weeks} week{'s were' if weeks > 1 else ' was'} sold.", icon=":material/check:")
    st.rerun()
