"""Concept lab: wordings of an item side by side, the words that carry them, and ideas for others."""

import streamlit as st

from core import shell
from pages.parts import concepts_ideas as ideas
from pages.parts import concepts_lab as lab
from pages.parts import concepts_results as results

shell.enter("Concept lab")
shell.past()  # sales come first: without them nobody can judge

st.markdown(
    "See what a title, a description or an ad headline does **before** you launch: the shop's customers and the "
    "forecaster judge each wording as if it were the item's."
)
brief = lab.item()
typed = lab.typed(brief)
judges = lab.judges()
brief, division = lab.for_whom(judges, brief)
wording = results.side_by_side(judges, brief, typed)
results.words(judges, brief, wording)
ideas.suggest(judges, brief, wording)
ideas.draft(brief, wording, division)
