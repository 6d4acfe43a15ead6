"""Tracking: how the launches of approved plans sell against what was promised, and what to do about them now."""

import streamlit as st

from core import shell
from pages.parts import (
    tracking_adjust,
    tracking_alerts,
    tracking_categories,
    tracking_item,
    tracking_launches,
    tracking_play,
    tracking_right,
    tracking_shop,
)
from pages.parts.tracking_shop import ADJUST, CATEGORIES, ITEM, RIGHT

shell.enter("Tracking")
shell.past()  # sales come first: without them there is nothing to track
workspace = shell.workspace()
tracked = tracking_shop.opened()
if tracked.launches.empty:
    tracking_shop.no_plan(tracked)
    st.stop()

tracking_shop.figures(tracked)
tracking_play.show(tracked)
view = tracking_shop.view(tracked)
if view == ITEM:
    tracking_item.show(workspace, tracked)
elif view == CATEGORIES:
    tracking_categories.show(tracked)
elif view == RIGHT:
    tracking_right.show(workspace, tracked)
elif view == ADJUST:
    tracking_adjust.show(workspace, tracked)
else:
    tracking_alerts.show(workspace, tracked)
    tracking_launches.show(workspace, tracked)
