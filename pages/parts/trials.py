"""Which settings are best for this shop: some side by side, or a search within a time."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from core import jobs, settings, shell
from core.errors import DebutError
from core.jobs import Job
from core.settings import EFFORTS, Settings
from core.workspace import Workspace
from pages.parts.training import take_over

__all__ = ["compare", "search"]

MINUTES = (5, 10, 20, 30, 60, 120, 240, 480)
CHOSEN = "as chosen above"
FROZEN = "encoder as it came"


def compare(workspace: Workspace, chosen: Settings | None, known: pd.DataFrame, cut: tuple[date, date, date]) -> None:
    """chosen: the settings above. known: versions. cut: earliest, proposed and latest date."""
    st.markdown(
        "Each of them is fine-tuned on what was known at the cut date and forecasts the launches after it, "
        "the same for all. To compare **encoders**, choose another one under *All settings* above."
    )
    candidates = _candidates(chosen, known)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = st.multiselect(
            "Settings to compare",
            list(candidates),
            default=[name for name in (CHOSEN, FROZEN) if name in candidates],
            key="candidates",
            width=420,
        )
        when = st.date_input("Cut date", cut[1], cut[0], cut[2], key="compare_cut", width=150)
        st.button(
            "Compare",
            key="compare",
            icon=":material/balance:",
            disabled=len(names) < 2,
            on_click=_start,
            args=(workspace, "compare", asdict(candidates[names[0]]) if names else {}),
            kwargs={"cut": str(when), "candidates": {name: asdict(candidates[name]) for name in names}},
            help="Choose two or more." if len(names) < 2 else None,
        )
    done = jobs.last_done(workspace, "compare")
    if done is None:
        st.caption("Nothing was compared yet. Each takes about as long as a fine-tuning and a backtest.")
    else:
        _compared(done)


def _candidates(chosen: Settings | None, known: pd.DataFrame) -> dict[str, Settings]:
    usual = chosen or EFFORTS["standard"]
    found = {CHOSEN: usual, FROZEN: Settings(usual.weeks, usual.encoder, "frozen")}
    found |= {name: Settings.from_dict(asdict(effort) | {"weeks": usual.weeks}) for name, effort in EFFORTS.items()}
    for name, summary in known[["version", "summary"]].itertuples(index=False):
        own = Settings.from_dict(summary["settings"])
        if own.weeks == usual.weeks:  # another window is another question
            found[f"like {name}"] = own
    return found


def _compared(job: Job) -> None:
    result = job.result
    rows = result["rows"]
    best = next(row for row in rows if row["name"] == result["best"])
    st.markdown(_verdict(result, best))
    st.dataframe(
        pd.DataFrame(
            {
                "name": [row["name"] for row in rows],
                "settings": [settings.told(row["settings"]) for row in rows],
                **{name: [row.get(name) for row in rows] for name in ("wape", "spearman", "coverage80", "seconds")},
                "gap": ["" if row is _first(rows) else _between(row.get("gap")) for row in rows],
                "error": [row.get("error", "") for row in rows],
            }
        ),
        hide_index=True,
        key="compared",
        alt="Settings side by side",
        column_config={
            "name": "Settings",
            "settings": "Other than standard",
            "wape": st.column_config.NumberColumn("Error (WAPE)", format="%.3f"),
            "spearman": st.column_config.NumberColumn("Order", format="%.2f", help="Spearman; 1 is perfect"),
            "coverage80": st.column_config.NumberColumn("In the range", format="percent", help="80 % is asked for"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "gap": st.column_config.TextColumn("Against the first", help="Difference of WAPE, 95 % interval"),
            "error": st.column_config.TextColumn("Could not be tried"),
        },
    )
    st.button(
        f"Use the settings of “{shell.plain(result['best'])}” above",
        key="use_compared",
        on_click=take_over,
        args=(best["settings"],),
    )


def _verdict(result: dict[str, Any], best: dict[str, Any]) -> str:
    first, name = _first(result["rows"]), shell.plain(result["best"])
    said = f"On {result['launches']} launches from {result['cut']}: **{name}** errs least, {best['wape']:.1%}."
    if best is first:
        others = [row["gap"] for row in result["rows"] if "gap" in row and row is not first]
        sure = sum(low > 0 for _, low, _ in others)
        return f"{said} It is better for sure than {sure} of the {len(others)} others." if others else said
    sure = best["gap"][2] < 0
    words = "for sure better than" if sure else "not for sure better than"
    return f"{said} It is {words} {shell.plain(first['name'])}{'' if sure else ': the difference may be chance'}."


def _first(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The first that could be tried: the others are measured against it."""
    return next(row for row in rows if "gap" in row)


def _between(gap: list[float] | None) -> str:
    return "" if gap is None else f"{gap[0]:+.3f} ({gap[1]:+.3f} to {gap[2]:+.3f})"


def search(workspace: Workspace, chosen: Settings | None, cut: tuple[date, date, date]) -> None:
    """chosen: the settings to start from. cut: earliest, proposed and latest date."""
    st.markdown(
        "Debut tries one setting after the other, starting from those chosen above, and judges each by a quarter of "
        "your launches that it has not learnt from. It stops when the time is up, and changes nothing by itself."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        minutes = st.select_slider("Minutes", MINUTES, 20, key="minutes", width=260)
        hold = st.toggle(
            f"Keep launches from {cut[1]:%-d %b %Y} for a backtest",
            True,
            key="hold_out",
            help="The search then knows nothing of them, and a backtest at this date tells honestly how good "
            "the settings are that it finds.",
        )
        st.button(
            "Search",
            key="search",
            icon=":material/search:",
            disabled=chosen is None,
            on_click=_start,
            args=(workspace, "search", asdict(chosen) if chosen else {}),
            kwargs={"minutes": minutes, "cut": str(cut[1]) if hold else None},
        )
    last = next((job for job in jobs.listed(workspace) if job.kind == "search" and jobs.trials(job)), None)
    if last is None:
        st.caption("Nothing was searched yet. A setting takes about as long as a fine-tuning.")
    else:
        _searched(last)


def _searched(job: Job) -> None:
    tried = jobs.trials(job)
    known = [row for row in tried if row["loss"] is not None]
    best = min(known, key=lambda row: row["loss"]) if known else tried[0]
    st.markdown(_found(job, len(tried), best))
    st.dataframe(
        pd.DataFrame(
            {
                "number": [row["number"] for row in tried],
                "loss": [row["loss"] for row in tried],
                "wape": [row["wape"] for row in tried],
                "seconds": [row["seconds"] for row in tried],
                "settings": [settings.told(row["settings"]) for row in tried],
            }
        ).sort_values("loss"),
        hide_index=True,
        key="trials",
        alt="Settings that were tried, the best first",
        column_config={
            "number": "Try",
            "loss": st.column_config.NumberColumn(
                "Loss",
                format="%.4f",
                help="How far medians and ranges lie from what was sold (pinball loss), as a share of the units.",
            ),
            "wape": st.column_config.NumberColumn("Error (WAPE)", format="%.3f"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "settings": st.column_config.TextColumn("Other than standard", width="large"),
        },
    )
    st.button("Use these settings above", key="use_found", on_click=take_over, args=(best["settings"],))


def _found(job: Job, count: int, best: dict[str, Any]) -> str:
    told = shell.plain(settings.told(best["settings"]))
    said = f"**{count} settings tried**; the best is number {best['number']}: {told}."
    if job.state != "done":
        return f"{said} The search was not finished." if job.ended else said
    gain, low, high = job.result["gain"]
    if best["number"] == 1:
        return f"{said} None was better than where it started."
    sure = "for sure" if high < 0 else "perhaps by chance"
    return f"{said} It is better than where it started by {-gain:.4f} (95 % {-high:+.4f} to {-low:+.4f}): {sure}."


def _start(workspace: Workspace, kind: jobs.Kind, values: dict[str, Any], **options: object) -> None:
    try:
        jobs.start(workspace, kind, values, **options)
    except DebutError as error:
        st.session_state.job_refused = error
