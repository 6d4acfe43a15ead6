"""Model: fine-tune the forecaster, see how good it is and whether it still is, take a newer one, go back."""

from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from core import jobs, shell, versions
from core.accuracy.cuts import usual
from core.errors import DebutError
from core.settings import Settings
from pages.parts import charts, training, trials, updates_health, updates_policy, updates_proposals
from pages.parts import jobs as job_parts
from pages.parts import versions as version_parts

UNKNOWN = 0.1  # share of tokens that an encoder may not know before it is the wrong one

shell.enter("Model")
workspace = shell.workspace()
history = shell.past()
known = versions.listed(workspace)


def begin(settings: dict[str, Any]) -> None:
    """Start to fine-tune, or queue it; a refusal is shown in words."""
    try:
        jobs.start(workspace, "train", settings)
    except DebutError as error:
        st.session_state.job_refused = error


def in_use(summary: dict[str, Any]) -> None:
    """How good the version in use is, by its own check."""
    check = summary["check"]
    st.markdown(
        f"Trained on **{summary['launches']:,} launches**. How far off is it? The latest **{check['launches']}** "
        "were put aside, and a simpler forecaster that learnt from what was known before has forecast them:"
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
    strange(summary.get("unknown_share"))
    st.plotly_chart(
        charts.predicted_against_actual(pd.DataFrame({"actual": check["true"], "predicted": check["predicted"]})),
        key="scatter",
        alt="Units forecast against units sold of the latest launches",
    )
    shell.page_link("backtest", "Backtest it against simpler methods", "science")
    if summary["losses"]:
        with st.expander("How the training went"):
            st.caption(f"Fine-tuned in {summary['seconds']:,.0f} s on sales to {summary['data_to']}.")
            st.plotly_chart(charts.losses(summary["losses"]), key="losses", alt="Loss of each epoch")


def strange(share: float | None) -> None:
    """Say so where the encoder cannot read the shop's language."""
    if share is not None and share > UNKNOWN:
        st.warning(
            f"{share:.0%} of the words in your titles are unknown to this encoder: it was made for another language. "
            "Choose one for yours under *All settings*: bert-base-chinese for Chinese, bert-base-multilingual-cased "
            "for a hundred languages, by hub id or by the folder that you have saved it in.",
            title="This encoder cannot read your titles",
            icon=":material/translate:",
        )


if refused := st.session_state.pop("job_refused", None):
    shell.fail(refused)
if loaded := st.session_state.pop("loaded", None):
    st.session_state.version = loaded  # so that the buttons below are about it
    st.success(f"{shell.plain(loaded)} is loaded. Choose it under *All versions* to use it.", icon=":material/check:")

st.header("Fine-tune on this shop")
st.markdown(
    "The BERT encoder reads the titles and descriptions of all your items and learns what sells in your shop. "
    "The pages stay usable meanwhile, and nothing changes until it is done."
)
chosen, effort = training.choose()
at_work = jobs.latest(workspace)
busy = at_work is not None and at_work.running
st.button(
    "Fine-tune",
    type="primary",
    key="train",
    icon=":material/model_training:",
    disabled=chosen is None,
    on_click=begin,
    args=(asdict(chosen) if chosen else {},),
    help="It waits until the job at work is done." if busy else None,
)
job_parts.progress(workspace)

st.header("The version in use")
active = known[known["active"]]
if active.empty:
    st.info("Nothing is trained on this shop yet. Fine-tune above; it takes some minutes.", icon=":material/info:")
else:
    in_use(active.iloc[0]["summary"])

still_good, newer = st.container(), st.container()
st.header("Versions and settings")
cut = usual(history, (chosen or Settings()).weeks)
versions_tab, acts_tab, compare_tab, search_tab, jobs_tab = st.tabs(
    ["All versions", "Put to use", "Compare settings", "Search for better settings", "Earlier jobs"], key="more"
)
with versions_tab:
    version_parts.manage(workspace, known, cut[1])
with acts_tab:
    updates_policy.history(workspace)
with compare_tab:
    trials.compare(workspace, chosen, known, cut)
with search_tab:
    trials.search(workspace, chosen, cut)
with jobs_tab:
    job_parts.history(workspace)
with newer:
    updates_proposals.show(workspace)
    updates_policy.settings(workspace)
with still_good:  # last: it may take seconds, and what stands above and below is there meanwhile
    updates_health.show(workspace)
