"""Model: how good the forecaster is, fine-tune it, compare it with its peers, go back to an earlier one."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import pandas as pd
import streamlit as st

from core import jobs, settings, shell, versions
from core.errors import DebutError
from core.workspace import Workspace
from pages.parts import charts

shell.enter("Model")
workspace = shell.workspace()
history = shell.past()
known = versions.listed(workspace)
job = jobs.latest(workspace)
busy = job is not None and job.running


def begin(kind: jobs.Kind, effort: str, **options: object) -> None:
    """Start a job; a second one is refused in words."""
    try:
        jobs.start(workspace, kind, asdict(settings.EFFORTS[effort]), **options)
    except DebutError as error:
        st.session_state.job_refused = error


def change(what: Callable[[Workspace, str], None], version: str) -> None:
    """Activate or delete a version; what another tab did meanwhile is said in words."""
    try:
        what(workspace, version)
    except DebutError as error:
        st.session_state.job_refused = error


@st.fragment(run_every=1.0 if busy else None)
def progress() -> None:
    """The job at work, or how the last one ended; polls only while there is something to see."""
    job = jobs.latest(workspace)
    if job is None:
        return
    if job.running:
        left = f", about {job.seconds_left:,.0f} s left" if job.seconds_left is not None else ""
        st.progress(job.done, f"{job.done:.0%} {job.note}, {job.seconds:,.0f} s so far{left}")
        st.button("Cancel", key="cancel", icon=":material/stop:", on_click=jobs.cancel, args=(job,))
        return
    if busy:
        st.rerun()  # it ended just now: one full run takes in the result and ends the polling
    if job.state == "failed":
        st.error(shell.plain(job.error), title="The job failed; the version in use is unchanged")
    elif job.state == "cancelled":
        st.warning("The job was cancelled; the version in use is unchanged.")


if refused := st.session_state.pop("job_refused", None):
    shell.fail(refused)

st.header("Fine-tune on this shop")
st.markdown(
    "The BERT encoder reads the titles and descriptions of all your items and learns what sells in your shop. "
    "The pages stay usable meanwhile, and nothing changes until it is done."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    effort = st.segmented_control(
        "Effort",
        list(settings.EFFORTS),
        default="standard",
        format_func=str.capitalize,
        required=True,
        key="effort",
        help="Standard takes some minutes for a few thousand items; quick a quarter of that, thorough twice as long.",
    )
    st.button(
        "Fine-tune",
        type="primary",
        key="train",
        icon=":material/model_training:",
        disabled=busy,
        on_click=begin,
        args=("train", effort),
    )
progress()

st.header("The version in use")
active = known[known["active"]]
if active.empty:
    st.info("Nothing is trained on this shop yet. Fine-tune above; it takes some minutes.", icon=":material/info:")
else:
    summary = active.iloc[0]["summary"]
    check = summary["check"]
    st.markdown(
        f"Trained on **{summary['launches']:,} launches**. To know how far off it is, a twin without fine-tuning "
        f"learnt only from what was known before the latest **{check['launches']}** of them, and forecast these:"
    )
    with st.container(horizontal=True):
        st.metric(
            "Error of a single item",
            f"{check['wape']:.0%}",
            border=True,
            help="WAPE: the sum of the absolute errors over the sum of the units. 60 to 80 % is usual for new items.",
        )
        st.metric(
            "Assuming a typical launch",
            f"{check['wape_median']:.0%}",
            border=True,
            help="The error if every item were forecast to sell what launches usually do.",
        )
        st.metric(
            "Order of the items",
            f"{check['spearman']:.2f}",
            border=True,
            help="Spearman rank correlation: 1 is the perfect order, 0 is chance. 0.4 to 0.6 is usual.",
        )
    st.plotly_chart(
        charts.predicted_against_actual(pd.DataFrame({"actual": check["true"], "predicted": check["predicted"]})),
        key="scatter",
        alt="Units forecast against units sold of the latest launches",
    )
    with st.expander("How the training went"):
        st.caption(f"Fine-tuned in {summary['seconds']:,.0f} s on sales to {summary['data_to']}.")
        st.plotly_chart(charts.losses(summary["losses"]), key="losses", alt="Loss of each epoch")

st.header("Compare with its peers")
st.markdown(
    "A backtest goes back to a date, learns only from what was known then, and forecasts what was launched after it. "
    "The other methods get the same data."
)
latest = history.end - timedelta(weeks=8)
earliest = history.start + timedelta(weeks=26)
with st.container(horizontal=True, vertical_alignment="bottom"):
    cut = st.date_input(
        "Cut date", max(earliest, latest - timedelta(weeks=18)), earliest, max(earliest, latest), key="cut"
    )
    st.button(
        "Run the backtest",
        key="backtest",
        icon=":material/science:",
        disabled=busy,
        on_click=begin,
        args=("backtest", effort),
        kwargs={"cut": str(cut)},
    )
tested = jobs.last_done(workspace, "backtest")
if tested:
    result = tested.result
    st.markdown(
        f"**{result['launches_test']} launches** from {result['cut']} on, learnt on "
        f"{result['launches_train']} earlier ones. "
        f"Debut's WAPE less that of {result['best_peer']}: **{result['wape_diff']:+.3f}** "
        f"(95 % between {result['wape_diff_low']:+.3f} and {result['wape_diff_high']:+.3f}; below zero is better)."
    )
    st.dataframe(
        pd.DataFrame(result["table"]),
        hide_index=True,
        key="peers",
        alt="Accuracy of Debut and its peers",
        column_config={
            "method": "Method",
            "wape": st.column_config.NumberColumn("WAPE", format="%.3f", help="Error of single items; less is better"),
            "mae_log": st.column_config.NumberColumn("MAE of log", format="%.2f"),
            "spearman": st.column_config.NumberColumn("Spearman", format="%.2f", help="Rank agreement; more is better"),
            "top20": st.column_config.NumberColumn("Top 20 % found", format="percent"),
            "bias": st.column_config.NumberColumn("Bias of the median", format="percent"),
            "pinball": st.column_config.NumberColumn("Pinball loss", format="%.1f"),
            "coverage80": st.column_config.NumberColumn("In the 80 % interval", format="percent"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.1f"),
        },
    )

if len(known) > 1:
    st.header("All versions")
    names = known["version"].tolist()
    st.dataframe(
        known.assign(
            launches=[summary["launches"] for summary in known["summary"]],
            seconds=[summary["seconds"] for summary in known["summary"]],
        )[["version", "created_at", "active", "launches", "seconds"]],
        hide_index=True,
        key="versions",
        alt="Trained versions",
        column_config={
            "version": "Version",
            "created_at": st.column_config.DatetimeColumn("Made", format="D MMM YYYY, HH:mm"),
            "active": "In use",
            "launches": "Launches",
            "seconds": st.column_config.NumberColumn("Fine-tuned in (s)", format="%.0f"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = st.selectbox("Version", [name for name in names if name not in set(active["version"])], key="version")
        st.button("Use it", key="activate", on_click=change, args=(versions.activate, other))
        st.button("Delete it", key="remove", on_click=change, args=(versions.remove, other), icon=":material/delete:")
