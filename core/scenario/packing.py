"""Tables as JSON text, with their types: nothing has to be guessed when they are read again."""

import json

import pandas as pd

__all__ = ["packed", "unpacked"]


def packed(table: pd.DataFrame) -> str:
    """A table as JSON; dates as ISO."""
    kinds = {str(name): str(kind) for name, kind in table.dtypes.items()}
    rows = json.loads(table.to_json(orient="split", date_format="iso", double_precision=10, index=False))
    return json.dumps({"kinds": kinds, **rows})


def unpacked(text: str) -> pd.DataFrame:
    """The table that `packed` was given."""
    held = json.loads(text)
    frame = pd.DataFrame(held["data"], columns=held["columns"])
    for name, kind in held["kinds"].items():
        if kind.startswith("datetime64"):
            frame[name] = pd.to_datetime(frame[name]).dt.tz_localize(None).astype(kind)
        elif frame[name].dtype != kind:
            frame[name] = frame[name].astype(kind)
    return frame
