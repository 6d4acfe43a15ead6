"""Debut: entry point, the frame around every page. Run: make run"""

import streamlit as st

from core import shell

shell.start()
st.navigation(shell.pages(), expanded=True).run()
