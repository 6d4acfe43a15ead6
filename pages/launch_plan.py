"""Launch plan: which new items, in which week, at what price, with which ads and how much stock, and why."""

import streamlit as st

from core import shell
from pages.parts import plan_calendar, plan_hand_over, plan_list, plan_shop, plan_why, plan_wishes

VIEWS = {
    "List": plan_list.show,
    "Calendar": plan_calendar.show,
    "Why": plan_why.show,
    "Hand over": plan_hand_over.show,
}

shell.enter("Launch plan")
outlook = shell.the_outlook()
scenario = plan_shop.chosen()
plan_shop.launched(scenario)
view = st.segmented_control(
    "Show", list(VIEWS), default="List", required=True, key="view", wrap=True, bind="query-params"
)
if view == "List":
    plan_wishes.show(scenario, outlook)
VIEWS[view or "List"](scenario, outlook, shell.around(outlook))
