"""Data dictionary: what every table and column means, how it may be called, and templates to fill in."""

import pandas as pd
import streamlit as st

from core import export, shell
from core.schema import dictionary, template
from core.tables import TABLES

COLUMNS = {
    "column": st.column_config.TextColumn("Column", width=125, pinned=True),
    "required": st.column_config.TextColumn("Required", width=70),
    "kind": st.column_config.TextColumn("Kind", width=205),
    "meaning": st.column_config.TextColumn("Meaning", width=310),
    "example": st.column_config.TextColumn("Example", width=150),
    "also_called": st.column_config.TextColumn("Also called", width=400),
}


def everything() -> pd.DataFrame:
    """Every table in one: table, then the columns of its dictionary."""
    parts = [dictionary(table).assign(table=name) for name, table in TABLES.items()]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["table", *whole.columns.drop("table")]]


def as_markdown(whole: pd.DataFrame) -> str:
    """The dictionary as a document."""
    parts = ["# Data dictionary\n"]
    for name, rows in whole.groupby("table", sort=False):
        table = TABLES[str(name)]
        lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows.drop(columns="table").to_numpy()]
        head = " | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)
        body = "\n".join(f"| {line} |" for line in (*head, *lines))
        parts.append(f"## {table.title} (`{name}`)\n\n{table.help}\n\n{body}\n")
    return "\n".join(parts)


def found(whole: pd.DataFrame, words: str) -> pd.DataFrame:
    """The rows that hold every word, in whatever cell, or in what is said of their table."""
    about = whole["table"].map(lambda name: f"{TABLES[name].title} {TABLES[name].help}")
    text = whole.agg(" ".join, axis=1).str.cat(about, sep=" ").str.casefold().str.replace("_", " ")
    keep = pd.Series(True, index=whole.index)
    for word in words.casefold().replace("_", " ").split():
        keep &= text.str.contains(word, regex=False)
    return whole[keep]


def show(name: str, rows: pd.DataFrame) -> None:
    """One table: what it is, its columns, an empty file."""
    table = TABLES[name]
    st.header(table.title, anchor=name)
    st.text(table.help)
    st.dataframe(
        rows.drop(columns="table"),
        hide_index=True,
        key=f"columns_{name}",
        alt=f"Columns of {table.title}",
        column_config=COLUMNS,
    )
    notes = []
    if table.one_of:
        notes.append(f"At least one of {' and '.join(table.one_of)} must be filled.")
    if table.unique:
        notes.append(f"Each {table.keys[0][0]} stands in a file once.")
    if table.attributes:
        notes.append("Further columns are kept as attributes.")
    if notes:
        st.caption(" ".join(notes))
    st.download_button(
        f"Template: {table.title.lower()}",
        template(table),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"template_{name}",
    )


shell.enter("Data dictionary")
st.markdown(
    "What Debut understands. Headers need not be spelt so: the names in the last column are recognised too, "
    "and on the Data page you can map any header by hand."
)
whole = everything()
with st.container(horizontal=True, vertical_alignment="bottom"):
    words = st.text_input(
        "Search",
        key="words",
        placeholder="price, order date, returns ...",
        type="search",
        live=True,
        bind="query-params",
        width=320,
    )
    for label, data, file, mime in (
        ("Dictionary as CSV", lambda: export.to_csv(whole), "dictionary.csv", "text/csv"),
        ("Dictionary as Markdown", lambda: as_markdown(whole), "dictionary.md", "text/markdown"),
    ):
        st.download_button(
            label, data, file, mime, icon=":material/download:", on_click="ignore", key=f"download_{file}"
        )
shown = found(whole, words or "")
st.caption(f"{len(shown)} of {len(whole)} columns in {shown['table'].nunique()} of {len(TABLES)} tables.")
if shown.empty:
    st.info("No column fits. Search for fewer or other words.", icon=":material/info:")
for name, rows in shown.groupby("table", sort=False):
    show(str(name), rows)
