"""The domain of Debut: one noun of the field a module. Nothing here knows of Streamlit but `shell`."""
