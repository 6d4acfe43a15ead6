"""Labels: judge items or customers by hand, one key each; see what is labelled and take it along as CSV."""

import time
from urllib.parse import urlsplit

import streamlit as st

from core import cards, export, labels, shell
from core.errors import DebutError
from core.labels import LabelSet

LATEST = 50  # judgements that are listed; the file holds all
SEEN = 0.1  # seconds that a card stands before a key can be meant for it, and not for the card before
QUOTED = 300  # characters of a description or review on the card

shell.enter("Labels")
workspace = shell.workspace()
sets = {one.label: one for one in labels.sets(workspace.cursor())}


def chosen_set() -> LabelSet:
    """The set in use and in which order to go, asked for at the top.

    Not in select boxes: one that was used keeps the keyboard, and the keys would no longer answer.
    """
    state = st.session_state
    if state.get("label_set") not in sets:
        state.label_set = next(iter(sets))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Label set", list(sets), key="label_set", required=True, format_func=_shown)
        orders = list(labels.ORDERS)
        st.segmented_control(
            "Order", orders, key="order", required=True, default="sold", format_func=lambda one: labels.ORDERS[one]
        )
        with st.popover("Label sets", icon=":material/tune:"):
            manage(sets[state.label_set])
    return sets[state.label_set]


def manage(chosen: LabelSet) -> None:
    """Make a set of one's own, or remove the one in use."""
    with st.form("new_set", border=False):
        st.markdown("**A set of your own**")
        st.text_input("Name", key="set_name", placeholder="gift item", max_chars=labels.LONGEST_NAME)
        about = list(labels.ABOUT)
        st.radio("About", about, key="set_about", format_func=lambda one: labels.ABOUT[one], horizontal=True)
        st.text_area("Answers, one a line", key="set_options", placeholder="yes\nno\nperhaps", height=120)
        st.form_submit_button("Make the set", on_click=make, icon=":material/add:")
    if error := st.session_state.pop("set_refused", None):
        shell.fail(error)
    if chosen.kind == "own" and st.button(
        f"Remove “{shell.plain(chosen.label)}”", key="remove", icon=":material/delete:"
    ):
        confirm(chosen)


def make() -> None:
    """Runs before the page is drawn again, so that the new set is the one in use."""
    state = st.session_state
    try:
        made = labels.create(workspace, state.set_name, state.set_about, state.set_options.splitlines())
    except DebutError as error:
        state.set_refused = error
        return
    state.label_set = made.label
    state.set_name = state.set_options = ""


@st.dialog("Remove this set?")
def confirm(chosen: LabelSet) -> None:
    """Ask before labels are lost."""
    st.text(f"“{chosen.label}” and its labels by hand go. Labels of imported files stay with their files.")
    if st.button("Remove the set", type="primary", key="remove_really"):
        labels.delete(workspace, chosen, with_labels=True)
        st.session_state.pop("label_set", None)
        st.rerun()


def queue(chosen: LabelSet) -> list[str]:
    """Ids that come next, fetched some at a time: what is sold most is too long a question for every key."""
    state, check = st.session_state, bool(st.session_state.get("check"))
    asked = (workspace.folder, workspace.version, chosen, state.order, check)
    if state.get("queue_of") != asked:
        state.queue_of, state.queue, state.skipped = asked, [], []
    if not state.queue:
        state.queue = labels.remaining(workspace.cursor(), chosen, state.order, check=check, skip=state.skipped)
    if not state.queue and state.skipped:  # the rest was skipped: once more from its beginning
        state.queue, state.skipped = state.skipped, []
    return state.queue


def standing(chosen: LabelSet) -> tuple[int, int, int]:
    """As `labels.progress`, which looks through the whole shop and so is asked once, and then only counted on."""
    state, (done, unchecked) = st.session_state, labels.counts(workspace.cursor(), chosen)
    asked = (workspace.folder, workspace.version, chosen)
    if state.get("standing_of") != asked:
        found, state.total, waiting = labels.progress(workspace.cursor(), chosen)
        state.standing_of, state.strays = asked, (done - found, unchecked - waiting)
    return done - state.strays[0], state.total, unchecked - state.strays[1]


def judge(chosen: LabelSet, target: str, value: str) -> None:
    """Keep a judgement and go on."""
    if time.monotonic() - st.session_state.drawn_at < SEEN:
        return
    try:
        labels.put(workspace, chosen, target, value)
    except DebutError as error:
        st.session_state.refused = error
    st.session_state.queue = [one for one in st.session_state.queue if one != target]


def skip(target: str) -> None:
    """Come back to it at the end."""
    state = st.session_state
    if target in state.queue:  # else a key that was pressed with this one has judged it
        state.queue = [one for one in state.queue if one != target]
        state.skipped = [*state.skipped, target]


def undo(chosen: LabelSet) -> None:
    """Take the last judgement back and show what it was of."""
    if target := labels.take_back(workspace, chosen):
        st.session_state.queue = [target, *(one for one in st.session_state.queue if one != target)]
        st.session_state.skipped = [one for one in st.session_state.skipped if one != target]


@st.fragment
def annotate(chosen: LabelSet) -> None:
    """All that changes with a key: redrawn alone."""
    done, total, unchecked = standing(chosen)
    what = "items" if chosen.about == "items" else "customers"
    st.progress(done / total, f"{done:,} of {total:,} {what} labelled")
    if unchecked or st.session_state.get("check"):
        st.toggle(f"Check the {unchecked:,} imported labels that nobody has looked at", key="check")
    left, right = st.columns([3, 2], gap="large")
    with left:
        waiting = queue(chosen)
        if error := st.session_state.pop("refused", None):
            shell.fail(error)
        answers(chosen, waiting[0] if waiting else "")  # above the card, whose height changes, to stay in place
        if waiting:
            show(chosen, waiting[0])
        else:
            checking = st.session_state.get("check")
            words = "Every imported label is checked." if checking else "Everything is labelled."
            st.success(words, icon=":material/check:")
    with right:
        overview(chosen, done)
    st.session_state.drawn_at = time.monotonic()


def show(chosen: LabelSet, target: str) -> None:
    """The card of one item or customer."""
    make_card = cards.item if chosen.about == "items" else cards.customer
    card = make_card(workspace.cursor(), target)
    with st.container(border=True, key="card"):
        st.header(shell.plain(card.title), anchor=False)
        facts = [f"{name}: **{shell.plain(value)}**" for name, value in card.facts.items()]
        st.markdown(" · ".join(facts))
        if card.text:
            st.text(_short(card.text))
        for quote in card.quotes:
            st.text(f"“{_short(quote)}”")
        if urlsplit(card.picture).scheme in ("http", "https"):
            where = shell.plain(urlsplit(card.picture).netloc)
            st.link_button(f"Picture at {where}", card.picture, icon=":material/open_in_new:")
        if chosen.about == "items":
            st.caption(f"Code: {shell.plain(card.target)}")


def answers(chosen: LabelSet, target: str) -> None:
    """A button an answer, on the keys 1, 2, 3, ..."""
    if chosen.question:
        st.markdown(f"**{shell.plain(chosen.question)}**")
    with st.container(horizontal=True, key="answers"):
        for number, option in enumerate(chosen.options, start=1):
            st.button(
                shell.plain(option),
                key=f"answer_{number}",
                shortcut=str(number),
                type="primary",
                disabled=not target,
                on_click=judge,
                args=(chosen, target, option),
            )
        st.button("Skip", key="skip", shortcut="S", disabled=not target, on_click=skip, args=(target,))
        st.button("Undo", key="undo", shortcut="U", icon=":material/undo:", on_click=undo, args=(chosen,))


def overview(chosen: LabelSet, done: int) -> None:
    """What was said so far."""
    spread = labels.spread(workspace.cursor(), chosen)
    st.bar_chart(
        spread,
        x="value",
        y="count",
        x_label="",
        y_label="Labels",
        height=60 + 34 * len(spread),
        sort=False,
        horizontal=True,
        alt="Labels by answer",
    )
    agreed = labels.agreement(workspace.cursor(), chosen)
    if agreed.both:
        kappa = "" if agreed.kappa is None else f" Cohen's kappa is {agreed.kappa:.2f}."
        st.caption(f"{agreed.same:,} of {agreed.both:,} imported labels that were checked by hand are the same.{kappa}")
    latest = labels.judged(workspace.cursor(), chosen, LATEST)
    if latest.empty:
        st.caption("What you label is listed here.")
        return
    st.dataframe(
        latest[["title", "value", "source", "target"]],
        hide_index=True,
        height=min(38 + 35 * len(latest), 220),
        key="latest",
        alt="Latest labels",
        column_config={
            "title": st.column_config.TextColumn("Item" if chosen.about == "items" else "Customer", width=140),
            "value": st.column_config.TextColumn("Label", width=75),
            "source": st.column_config.TextColumn("From", width=75),
            "target": "Code",
        },
    )
    if done > LATEST:
        st.caption(f"The latest {LATEST}; the file holds all.")
    st.download_button(
        "Download the labels",
        lambda: export.to_csv(labels.frame(workspace.cursor(), chosen)),
        f"labels_{'_'.join(chosen.label.split())}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_labels",
    )


def _shown(label: str) -> str:
    return shell.plain(label[:1].upper() + label[1:])


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED].rsplit(' ', 1)[0]} …"


chosen = chosen_set()
if not standing(chosen)[1]:
    missing = "items" if chosen.about == "items" else "customers"
    st.info(f"There are no {missing} to label yet. Load sales, products or new items first.", icon=":material/info:")
    shell.page_link("data", "Load your first file", "upload")
    st.stop()
annotate(chosen)
