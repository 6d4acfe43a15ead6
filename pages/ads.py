"""Ads: what money on ads brings to a launch, how best to spend it, and how far to trust that."""

import streamlit as st

from core import shell
from core.errors import NotReady
from pages.parts import (
    ads_calendar,
    ads_channels,
    ads_checks,
    ads_creatives,
    ads_plan,
    ads_reach,
    ads_shop,
    upload,
)

VIEWS = {
    "Plan": (ads_plan,),
    "Channels": (ads_channels,),
    "Audience & creatives": (ads_reach, ads_creatives),
    "Checks": (ads_checks,),
    "Calendar": (ads_calendar,),
}

shell.enter("Ads")
shell.past()  # sales come first: without them there is nothing that ads could move
workspace = shell.workspace()
try:
    response, panel = ads_shop.response_of(), ads_shop.panel_of()
except NotReady as error:
    shell.fail(error)
    st.markdown(
        "Export what advertising cost by day and channel from your ad accounts (Google Ads, Meta Ads, TikTok Ads and "
        "Amazon Sponsored Products are recognised), or fill in the template, and load it on the Data page. With a "
        "category or an item on each row, what ads bring is told for each category."
    )
    upload.templates("ads")
    shell.page_link("data", "Load ads", "upload")
    st.stop()
view = st.segmented_control(
    "Show", list(VIEWS), default="Plan", required=True, key="view", wrap=True, bind="query-params"
)
for part in VIEWS[view or "Plan"]:
    part.show(workspace, response, panel)
