"""What to fine-tune with: an effort for a merchandiser, and every setting for who wants it."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from core import shell
from core.errors import DebutError
from core.settings import ADAPTERS, EFFORTS, LIMITS, MOST_WEEKS, WORDS, Settings, flat, usual_rate

__all__ = ["choose", "take_over"]

ABOUT = {
    "quick": "One reading of your items: a first impression.",
    "standard": "Right for most shops.",
    "thorough": "Three layers and six readings; seldom much better, and it takes about twice as long.",
}
CALLED = {
    "lora": "LoRA adapters",
    "adalora": "AdaLoRA: adapters where they help most",
    "full": "Full: every weight of these layers",
    "frozen": "Frozen: nothing, the encoder stays as it came",
}
NUMBERS = (
    *("layers", "rank", "epochs", "batch", "accumulate", "patience"),
    *("encoder_rate", "learning_rate", "weight_decay", "warm_up", "seed"),
)
UNUSED: dict[str, tuple[str, ...]] = {
    "full": ("rank",),
    "frozen": (
        *("layers", "rank", "epochs", "batch", "accumulate"),
        *("encoder_rate", "learning_rate", "weight_decay", "warm_up", "patience"),
    ),
}
"""Settings that do nothing where this learns."""
STEPS = {"warm_up": 0.05}
ENCODERS = (EFFORTS["standard"].encoder, "bert-base-chinese", "bert-base-multilingual-cased")


def choose() -> tuple[Settings | None, str]:
    """Draw the choices; the settings, None where they make no sense (which is said), and the effort's name."""
    _begin()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Effort",
            list(EFFORTS),
            format_func=str.capitalize,
            required=True,
            key="effort",
            on_change=_follow_effort,
            help="Standard takes some minutes for a few thousand items; quick a quarter, thorough twice of that.",
            persist_state="session",
        )
        st.number_input(
            WORDS["weeks"][0],
            1,
            MOST_WEEKS,
            key="set_weeks",
            help=WORDS["weeks"][1],
            width=160,
            persist_state="session",
        )
    effort = st.session_state.effort or "standard"
    st.caption(ABOUT[effort])
    with st.expander("All settings", icon=":material/tune:"):
        _everything()
    try:
        chosen = Settings.from_dict(_said())
    except DebutError as error:
        shell.fail(error)
        return None, effort
    _changed(chosen, effort)
    return chosen, effort


def take_over(values: dict[str, Any], but: tuple[str, ...] = ()) -> None:
    """Set the choices to these settings, as JSON holds them; called by a button before the page is drawn."""
    for name, value in flat(asdict(Settings.from_dict(values))).items():
        if name in WORDS and name not in but:
            st.session_state[f"set_{name}"] = value


def _begin() -> None:
    if "effort" not in st.session_state:
        st.session_state.effort = "standard"
    for name, value in flat(asdict(EFFORTS["standard"])).items():
        if name in WORDS and f"set_{name}" not in st.session_state:
            st.session_state[f"set_{name}"] = value


def _follow_effort() -> None:
    """An effort says everything but how long to forecast and who reads."""
    take_over(asdict(EFFORTS[st.session_state.effort or "standard"]), but=("weeks", "encoder"))


def _everything() -> None:
    st.selectbox(
        WORDS["encoder"][0],
        list(dict.fromkeys([*ENCODERS, st.session_state.set_encoder])),
        key="set_encoder",
        accept_new_options=True,
        persist_state="session",
        help="The BERT that reads titles and descriptions. all-MiniLM-L6-v2 comes with Debut and reads English. "
        "For another language type the folder of a BERT on this machine, or a hub id if this machine has one.",
    )
    st.radio(
        WORDS["adapter"][0],
        ADAPTERS,
        format_func=CALLED.__getitem__,
        key="set_adapter",
        help=WORDS["adapter"][1],
        on_change=_follow_adapter,
        persist_state="session",
    )
    with st.container(horizontal=True):
        for name in NUMBERS:
            _number(name)


def _number(name: str) -> None:
    """Limits are those of `core.settings`; what is typed is checked there again."""
    label, words = WORDS[name]
    low, high = LIMITS[name]
    whole = isinstance(st.session_state[f"set_{name}"], int) and name not in STEPS and "rate" not in name
    st.number_input(
        label,
        int(low) if whole else float(low),
        int(high) if whole else float(high),
        step=1 if whole else STEPS.get(name, 10 ** _exponent(st.session_state[f"set_{name}"])),
        format="%d" if whole else "%.6g",
        key=f"set_{name}",
        help=words,
        disabled=name in UNUSED.get(st.session_state.set_adapter, ()),
        width=190,
        persist_state="session",
    )


def _exponent(value: float) -> int:
    """Of the leading digit: a step of the buttons changes that."""
    return int(f"{value or 0.01:e}".split("e")[1])


def _follow_adapter() -> None:
    adapter, usual = st.session_state.set_adapter, EFFORTS[st.session_state.effort or "standard"].schedule
    st.session_state.set_encoder_rate = usual_rate(adapter)
    if adapter != "frozen" and st.session_state.set_layers == 0:
        st.session_state.set_layers = usual.layers


def _said() -> dict[str, Any]:
    said = {name: st.session_state[f"set_{name}"] for name in WORDS}
    top = {name: said.pop(name) for name in ("weeks", "encoder", "adapter", "rank")}
    return top | {"schedule": said}


def _changed(chosen: Settings, effort: str) -> None:
    """Name what differs from the effort, and offer the way back."""
    usual, now = flat(asdict(EFFORTS[effort])), flat(asdict(chosen))
    unused = ("weeks", *(UNUSED.get(chosen.adapter, ())))
    other = [name for name in WORDS if now[name] != usual[name] and name not in unused]
    if not other:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        named = ", ".join(f"{WORDS[name][0].lower()} {now[name]}" for name in other)
        st.caption(f"Other than {effort}: {shell.plain(named)}")
        st.button(
            f"Back to {effort}",
            key="settings_back",
            on_click=take_over,
            args=(asdict(EFFORTS[effort]),),
            type="tertiary",
        )
