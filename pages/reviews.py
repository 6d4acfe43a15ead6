"""Reviews: how pleased buyers are, with what, and which reviews are not to be trusted."""

import streamlit as st

from core import shell
from pages.parts import on_demand, reviews_data, reviews_odd, reviews_views

VIEWS = ("Shop", "Items", "Suspicious")
ABOUT = (
    "A BERT is fine-tuned on the ratings of **your** shop and then reads every review and each of its sentences. It "
    "finds the complaint in a review of five stars, tells apart what is praised and what is not in the same text, and "
    "judges reviews that have no rating. Training takes minutes to half an hour, depending on how many there are."
)

shell.enter("Reviews")
workspace = shell.workspace()
scores = reviews_data.scores(workspace)
reviews_views.headline(scores)
view = st.segmented_control("Show", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params")
if view == "Items":
    reviews_views.items(workspace, scores)
elif view == "Suspicious":
    reviews_odd.show(workspace, scores)
else:
    reviews_views.shop(workspace, scores)
st.header("Read the reviews with BERT")
on_demand.panel(workspace, "sentiment", ABOUT)
