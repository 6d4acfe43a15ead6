"""Pricing: what each new item should cost, how sure that is, and the whole sheet under rules."""

import streamlit as st

from core import shell
from core.errors import DebutError
from core.prices.priced import Sheet
from pages.parts import prices_answers, prices_item, prices_rules, prices_sheet
from pages.parts import prices_shop as shop

SHEET, ITEM, RULES, ANSWERS = "All items", "One item", "Rules", "How demand answers"

shell.enter("Pricing")
outlook = shell.the_outlook()
view = st.segmented_control(
    "Show", [SHEET, ITEM, RULES, ANSWERS], default=SHEET, required=True, key="view", wrap=True, bind="query-params"
)
sheet: Sheet | None = None
try:
    sheet = shop.priced_sheet(outlook)
except DebutError as error:
    shell.fail(error)
if view == RULES:
    prices_rules.show(outlook, sheet)
elif view == ANSWERS:
    prices_answers.show(outlook)
elif sheet is not None:
    {SHEET: prices_sheet, ITEM: prices_item}[view or SHEET].show(outlook, sheet)
