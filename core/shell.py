"""The frame around every page: navigation, the shop in use, and what pages share through caches.

With its caches (`shell_cache`) the one module below the pages that knows Streamlit.
"""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import streamlit as st

from core import (
    history,
    jobs,
    journey,
    like_choices,
    new_items,
    outlook,
    plan,
    shell_cache,
    tracking,
    trainers,
    updates,
    versions,
)
from core.errors import DebutError, NotReady
from core.plans import surroundings
from core.prices import in_force
from core.workspace import Workspace, demo_folder, home

if TYPE_CHECKING:  # brings torch along, which most runs of a page do without
    from core.preference.panel import Panel
    from core.preference.scores import Scores

__all__ = [
    "around",
    "enter",
    "expected",
    "fail",
    "finish_jobs",
    "has_new_items",
    "known_panel",
    "own_workspace",
    "page_link",
    "pages",
    "panel",
    "past",
    "plain",
    "plan_on",
    "preferences",
    "preset",
    "run",
    "shows_demo",
    "start",
    "the_outlook",
    "use_shop",
    "usual_ads",
    "workspace",
]

PAGES = Path(__file__).parents[1] / "pages"
WORDMARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><text x="0" y="25" font-size="27" '
    'font-family="sans-serif" font-weight="700" fill="#0F8F86">Debut</text></svg>'
)
SOON = 5.0  # seconds
DEMO, OWN, GROCERY = "Demo shop", "My shop", "Grocery shop"


def pages() -> dict[str, list[st.Page]]:
    """The navigation. Leave url_path to be the file's stem (see `enter`)."""
    return {
        "": [_page("overview", "Overview", "home", default=True)],
        "Prepare": [
            _page("data", "Data", "database"),
            _page("labels", "Labels", "label"),
            _page("model", "Model", "model_training"),
            _page("backtest", "Backtest", "science"),
            _page("jobs", "Jobs & backup", "work_history"),
            _page("dictionary", "Data dictionary", "menu_book"),
        ],
        "Launch": [
            _page("new_items", "New items", "new_releases"),
            _page("prices", "Pricing", "sell"),
            _page("ads", "Ads", "campaign"),
            _page("audience", "Audience", "groups"),
            _page("concepts", "Concept lab", "lightbulb"),
            _page("reviews", "Reviews", "reviews"),
            _page("market", "Market", "storefront"),
            _page("launch_plan", "Launch plan", "rocket_launch"),
            _page("scenarios", "Scenarios", "difference"),
        ],
        "Track": [_page("tracking", "Tracking", "monitoring")],
    }


def page_link(name: str, label: str, icon: str, query: dict[str, str] | None = None) -> None:
    """A link to another page; unlike `st.switch_page` it works while a filter stands in the address.

    query: what the address of that page has to say beside.
    """
    st.page_link(PAGES / f"{name}.py", label=label, icon=f":material/{icon}:", query_params=query or None)


def start() -> None:
    """Set up what every page relies on; app.py calls it on every full run."""
    # An emoji as page_icon: for a :material/: one the browser would ask a font server of the internet.
    st.set_page_config(page_title="Debut", page_icon="🎬", layout="wide")
    st.logo(WORDMARK, size="large")
    st.session_state.entered = True
    try:
        shell_cache.demo_is_there()
    except DebutError as error:
        fail(error)
        st.stop()
    with st.sidebar:
        if "shop" not in st.session_state:
            st.session_state.shop = OWN if _has_sales(home()) else DEMO
        # The widget forgets its value on some page changes, so what counts is kept under a key of our own.
        st.session_state.shop_shown = st.session_state.shop
        st.segmented_control(
            "Shop",
            [DEMO, OWN, *([GROCERY] if journey.available() else [])],
            key="shop_shown",
            required=True,
            on_change=_choose_shop,
            help="The sample shops are simulated and kept apart from your data.",
        )


def enter(title: str) -> None:
    """First line of every page: title, and a word where the data is simulated.

    Until app.py has run once in this server process, Streamlit's legacy `pages/` discovery answers a deep
    link such as /model by running pages/model.py on its own, without app.py. Register the real navigation
    and rerun, which goes through app.py.
    """
    if "entered" not in st.session_state:
        start()
        st.navigation(pages(), position="hidden")
        st.rerun()
    st.title(title)
    if shows_demo():
        st.caption(
            ":material/science: Demo shop: simulated items, customers and sales. Load your own on the Data page."
        )
    if st.session_state.shop == GROCERY:
        st.caption(":material/science: Grocery shop: the Complete Journey study by dunnhumby, simulated by its makers.")
    finish_jobs()


def workspace() -> Workspace:
    """The workspace of the shop in use; where it cannot be opened the page says why and stops."""
    try:
        if st.session_state.shop == GROCERY:
            shell_cache.grocery_is_there()
        return shell_cache.opened(_folders()[st.session_state.shop])
    except DebutError as error:
        fail(error)
        st.stop()


def shows_demo() -> bool:
    """Whether the demo shop is in use."""
    return st.session_state.shop == DEMO


def has_new_items() -> bool:
    """Whether the shop in use has a sheet of new items."""
    try:
        new_items.check(workspace().cursor())
    except NotReady:
        return False
    return True


def use_shop(shop: Workspace) -> None:
    """Show this shop from the next run on."""
    st.session_state.shop = next((name for name, folder in _folders().items() if folder == shop.folder), OWN)


def own_workspace() -> Workspace:
    """The user's own workspace, into which files are loaded whatever is shown."""
    try:
        return shell_cache.opened(home())
    except DebutError as error:
        fail(error)
        st.stop()


def fail(error: DebutError) -> None:
    """Show what went wrong, in words."""
    if isinstance(error, NotReady):
        st.info(plain(error.message), icon=":material/info:")
    else:
        st.error(plain(error.message), title=error.title, icon=":material/error:")


def preset(widget: str, value: object) -> None:
    """Have a widget (by its key) show a value that is kept elsewhere.

    What it shows already is not set again: that would take back what somebody does while the page still runs.
    """
    if st.session_state.get(widget) != value:
        st.session_state[widget] = value


def plain(text: str) -> str:
    """Text that Markdown shows as it is: what comes from a file must neither format nor fetch anything."""
    return re.sub(r"([\\`*_\[\]#!|~$<>])", r"\\\1", text)


def past() -> history.History:
    """The history of the shop in use; where there are no sales the page says what to do and stops."""
    shop = workspace()
    try:
        return shell_cache.past(shop.folder, shop.version, shop)
    except NotReady as error:
        fail(error)
        page_link("data", "Load sales", "upload")
        st.stop()


def the_outlook() -> outlook.Outlook:
    """What is expected of the new items; where something is missing the page says what to do and stops."""
    shop = workspace()
    past()
    version = versions.active(shop)
    waiting = False
    try:
        new_items.check(shop.cursor())
        waiting = True
        if version is None:
            raise NotReady("The forecaster has not been fine-tuned on this shop yet.")
        with st.spinner("Forecasting the new items. The first time this takes some seconds ..."):
            chosen = (like_choices.stamp(shop.cursor()), in_force.stamp(shop.cursor()))
            stamp = "".join((*chosen, versions.stamp(shop, "preference")))
            return shell_cache.forecasts(shop.folder, shop.version, version, stamp, shop)
    except NotReady as error:
        fail(error)
        if waiting:
            page_link("model", "Fine-tune the forecaster", "model_training")
        else:
            page_link("new_items", "Load new items", "upload")
            if tracking.launched(shop.cursor()):
                page_link("tracking", "Follow up the launches", "monitoring")
        st.stop()


def expected(known: outlook.Outlook, item_id: str, choice: like_choices.Choice) -> outlook.Expected:
    """What is expected of one item under a choice; one that is not kept is forecast at once.

    Raises DebutError where the choice leaves nothing to go by.
    """
    if choice.stamp == known.choices.get(item_id, like_choices.Choice()).stamp:
        return known.of(item_id)
    shop = workspace()
    version = versions.active(shop)
    if version is None:
        raise NotReady("The version in use was deleted in another window. Load the page again.")
    return shell_cache.one_item(shop.folder, shop.version, version, item_id, choice.stamp, shop, choice)


def panel() -> "Panel":
    """The customers of the shop in use, to be asked about any text; without any the page says why and stops."""
    try:
        return known_panel()
    except NotReady as error:
        fail(error)
        st.stop()


def known_panel() -> "Panel":
    """The same for a page that can do without; raises NotReady where there is nobody to ask."""
    shop = workspace()
    past()
    return shell_cache.open_panel(shop.folder, shop.version, versions.stamp(shop, "preference"), shop)


def preferences() -> "Scores":
    """What the customers think of the new items of the sheet; where something is missing the page says so and stops."""
    shop = workspace()
    try:
        new_items.check(shop.cursor())
    except NotReady as error:
        fail(error)
        page_link("new_items", "Load new items", "upload")
        st.stop()
    return shell_cache.opinions(shop.folder, shop.version, versions.stamp(shop, "preference"), shop, panel())


def usual_ads(weeks: int) -> float | None:
    """What the shop in use usually spends on ads for one launch; None where it has no ads."""
    shop = workspace()
    return shell_cache.ad_money(shop.folder, shop.version, weeks, shop, past())


def plan_on(
    known: outlook.Outlook, near: plan.Surroundings, wishes: plan.Wishes, overrides: tuple[plan.Override, ...] = ()
) -> plan.Plan:
    """The plan for these wishes, around what was decided by hand. Raises DebutError where there is none."""
    return shell_cache.best_plan(known.key, near.key, wishes, overrides, known, near, workspace().artifacts)


def around(known: outlook.Outlook) -> plan.Surroundings:
    """What the plan knows of the shop in use beside the forecasts."""
    shop = workspace()
    return shell_cache.near(surroundings.stamp(shop, known), shop, known)


def finish_jobs() -> None:
    """Take in what a job has made since the last look, start the updates that are due, and tell of both."""
    shop = workspace()
    for kind in jobs.finish(shop):
        st.toast(trainers.ready(kind), icon=":material/check:")
    for words in (*updates.heard(shop), *updates.begin_due(shop)):
        st.toast(plain(words), icon=":material/autorenew:")


def run() -> None:
    """Run the page that is asked for; once more where another window has restored a backup while it was reading."""
    try:
        st.navigation(pages(), expanded=True).run()
    except duckdb.ConnectionException:
        tried, now = st.session_state.get("run_again", 0.0), time.time()
        if now - tried < SOON:
            raise
        st.session_state.run_again = now
        st.rerun()


def _folders() -> dict[str, Path]:
    return {DEMO: demo_folder(), OWN: home(), GROCERY: journey.journey_folder()}


def _choose_shop() -> None:
    st.session_state.shop = st.session_state.shop_shown or st.session_state.shop


def _page(name: str, title: str, icon: str, default: bool = False) -> st.Page:
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", default=default)


def _has_sales(folder: Path) -> bool:
    if not (folder / "shop.duckdb").exists():
        return False
    try:
        shop = shell_cache.opened(folder)
    except DebutError:
        return True  # it is someone's: let the page say who has it
    return shop.cursor().execute("SELECT 1 FROM sales LIMIT 1").fetchone() is not None
