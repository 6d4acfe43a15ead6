"""Scenarios: several launch plans of one sheet, made, copied, renamed, and compared side by side."""

import streamlit as st

from core import shell
from pages.parts import scenarios_compare, scenarios_list

shell.enter("Scenarios")
outlook = shell.the_outlook()
st.markdown(
    "A scenario is a launch plan with settings and decisions of its own. Try another budget, aim or price rule beside "
    "the plan, and see what it changes before anything is decided."
)
known = scenarios_list.show(outlook)
scenarios_compare.show(known, outlook)
