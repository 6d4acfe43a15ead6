"""The domain of Debut: one noun of the field a module. Nothing here knows of Streamlit but `shell`."""

__all__ = ["__version__"]

__version__ = "0.4.0"
"""Of Debut; written into every model version."""
