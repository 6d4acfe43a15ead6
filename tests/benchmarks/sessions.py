"""Two people and a job at once on one server: python -m tests.benchmarks.sessions [--quick] [--json FILE]

Two browsers edit the demo shop at the same time (labels, prices, scenarios, decisions in the plan, limits), each as
quickly as the pages answer, while a fine-tuning and a backtest run one after the other and backups are downloaded. Then
the server is stopped and its database is read:

    edits                  that a page has confirmed
    lost_edits             of those, how many are not in the database
    sessions_lock_errors   conflicts, locks and exceptions: in the pages, and in the server's log
    restore_ok             whether a backup of it, restored elsewhere, holds the same rows and gives the same forecasts
"""

import argparse
import contextlib
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from core import backup, jobs, versions
from core.prices import in_force
from core.workspace import Workspace
from tests.benchmarks.serving import VIEWPORT, open_page, served, settled, started
from tests.demo_shop import ROOT, copy, make

__all__ = ["Sessions", "figures", "main", "run"]

SECONDS, QUICK = 120, 15
PATIENCE = 40_000  # ms, with two browsers, a job and whatever else on a few cores
FAULTS = re.compile(
    r"Traceback|TransactionContext|Conflict on|write-write conflict|Could not set lock|Resource In Use|IO Error"
    r"|Connection already closed|database is locked|Uncaught app"
)
GONE = re.compile(r"Stream closed|WebSocketClosed|Task exception was never retrieved")  # a browser that was closed
SETS, ABOUT = ("Purchase intent", "Satisfaction"), ("items", "customers")


@dataclass
class Sessions:
    """What two people did."""

    confirmed: list[tuple[str, Any]] = field(default_factory=list)
    """Kind of an edit and what it has to be found by."""
    faults: list[str] = field(default_factory=list)
    unconfirmed: int = 0
    """Edits that a page did not confirm in time, or refused in words: they are not counted as lost."""
    lost: list[str] = field(default_factory=list)
    backups: int = 0
    """Downloaded meanwhile, every checksum right."""
    jobs: dict[str, int] = field(default_factory=dict)
    """How the jobs stood at the end."""
    failed: list[str] = field(default_factory=list)
    """Why jobs failed."""
    restore_ok: bool = False

    def __str__(self) -> str:
        kinds = {kind: sum(one == kind for one, _ in self.confirmed) for kind, _ in self.confirmed}
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        lines = [
            f"{len(self.confirmed)} edits were confirmed ({told}), {self.unconfirmed} were not; {self.backups} backups "
            f"meanwhile; jobs: {self.jobs}",
            f"lost: {len(self.lost)}; lock errors and exceptions: {len(self.faults)}; restore: {self.restore_ok}",
        ]
        lines += [f"  JOB FAILED {one}" for one in self.failed]
        return "\n".join([*lines, *(f"  LOST {one}" for one in self.lost), *(f"  FAULT {one}" for one in self.faults)])


@dataclass
class Person:
    """One of the two, in a browser of their own."""

    number: int
    page: Page
    url: str
    done: int = 0

    def label(self) -> tuple[str, Any]:
        """Judge an item, or a customer."""
        page = self.page
        open_page(page, self.url, "Labels")
        page.get_by_role("radio", name=SETS[self.number]).click()
        settled(page, PATIENCE)
        bar = page.get_by_test_id("stProgress")
        expect(bar).to_contain_text(f"{ABOUT[self.number]} labelled")
        before = _count(bar.inner_text())
        page.locator(".st-key-answer_1 button").first.click()  # one of before may not be gone yet
        expect(bar).to_contain_text(f"{before + 1:,} of ")
        return "label", (SETS[self.number].lower(), before + 1)

    def price(self) -> tuple[str, Any]:
        """Keep another price of an item."""
        page = self.page
        item = f"N{self.number + 1:03}"
        page.goto(f"{self.url}/prices?view=One+item")
        slider = page.get_by_role("slider", name="Price")
        expect(slider).to_be_visible()
        settled(page, PATIENCE)
        for _ in range(self.number * 2 + 1):
            slider.press("ArrowRight" if self.done % 4 < 2 else "ArrowLeft")
        settled(page, PATIENCE)
        button = page.get_by_role("button", name=re.compile("^Keep .* for the plan"))
        expect(button).to_be_enabled()
        price = float(re.findall(r"[\d.,]+\d", button.inner_text())[0].replace(",", ""))
        button.click()
        expect(page.get_by_text(f"The plan goes by {price:,.2f}")).to_be_visible()
        return "price", (item, price)

    def scenario(self) -> tuple[str, Any]:
        """Copy the plan under a new name."""
        page, name = self.page, f"Of {self.number}, {self.done}"
        open_page(page, self.url, "Scenarios")
        box = page.locator(".st-key-scenarios_name input")
        box.fill(name)
        box.press("Enter")
        settled(page, PATIENCE)
        page.locator(".st-key-scenarios_copy button").click()
        expect(page.get_by_test_id("stDataFrame").locator("td").filter(has_text=name).first).to_be_attached()
        return "scenario", name

    def limits(self) -> tuple[str, Any]:
        """Set up to where a plan needs nobody."""
        page, money = self.page, 10_000 * (self.number + 1) + self.done
        page.goto(f"{self.url}/launch_plan?view=Hand+over")
        summary = page.get_by_text("When nobody has to look")
        expect(summary).to_be_visible()
        settled(page, PATIENCE)
        summary.click()
        box = page.get_by_role("spinbutton", name="Money for opening stock up to")
        box.fill(str(money))
        page.get_by_role("button", name="Keep the limits").click()
        expect(page.get_by_text("The limits are kept.")).to_be_visible()
        return "limit", (self.number, money)

    def decision(self) -> tuple[str, Any]:
        """Fix the opening stock of an item in the plan's grid."""
        from tests.browser.test_plan import ROW, STOCK, grid

        page, stock = self.page, 500 + 100 * self.number + self.done
        open_page(page, self.url, "Launch plan")
        table = grid(page)
        expect(table.locator("td").first).to_be_attached()
        settled(page, PATIENCE)
        table.scroll_into_view_if_needed()
        heads = table.locator("th").all_inner_texts()
        place = {"x": 80, "y": ROW * (1.5 + 3 * self.number)}
        table.get_by_test_id("data-grid-canvas").click(position=place, force=True)
        for _ in range(heads.index(STOCK) - heads.index("Item")):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        box = page.locator("input.gdg-input")
        expect(box).to_be_visible()
        box.fill(str(stock))
        box.press("Enter")
        expect(page.get_by_text(f"stock {stock:,}")).to_be_visible()
        why = page.get_by_label("Why", exact=True)
        why.fill(f"tried by {self.number}")
        why.press("Enter")
        settled(page, PATIENCE)
        page.get_by_role("button", name="Plan around my changes").click()
        expect(page.get_by_text(f"stock {stock:,}")).to_have_count(0)
        return "decision", stock

    def work(self) -> None:
        """Start a quick fine-tuning, and a backtest behind it."""
        open_page(self.page, self.url, "Model")
        self.page.get_by_role("radio", name="Quick").click()
        settled(self.page, PATIENCE)
        for _ in range(2):
            self.page.locator(".st-key-train button").first.click()
            settled(self.page, PATIENCE)

    def backup(self, folder: Path) -> Path:
        """Download a backup."""
        open_page(self.page, self.url, "Jobs & backup")
        with self.page.expect_download(timeout=PATIENCE) as got:
            self.page.get_by_role("button", name="Download a backup").click()
        path = folder / f"{self.number}-{self.done}.zip"
        got.value.save_as(path)
        return path


def run(home: Path, seconds: float, *, work: bool = True) -> Sessions:
    """Let two people work for so long on the demo shop below `home`, and look what became of it."""
    found, guard = Sessions(), threading.Lock()
    log = home / "sessions.log"
    with served(ROOT / "app.py", home, log) as url:
        until = time.monotonic() + seconds
        people = [
            threading.Thread(target=_person, args=(number, url, until, home, work, found, guard)) for number in (0, 1)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        if work:
            _cancel_all(home / "demo")
    found.faults += _faults(log.read_text(errors="replace"))
    with Workspace(home / "demo") as shop:
        jobs.finish(shop)
        states = [job.state for job in jobs.listed(shop)]
        found.jobs = {state: states.count(state) for state in dict.fromkeys(states)}
        found.failed = [job.error for job in jobs.listed(shop) if job.state == "failed"]
        found.lost = _lost(shop, found.confirmed)
        found.restore_ok = _restores(shop, home / "restored")
    return found


def figures(quick: bool = False) -> dict[str, Any]:
    """What a table of results holds of it."""
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder) / "made")
        found = run(copy(made, Path(folder) / "home"), QUICK if quick else SECONDS)
    print(found, file=sys.stderr)
    return {
        "sessions_edits": len(found.confirmed),
        "sessions_lock_errors": len(found.faults),
        "lost_edits": len(found.lost),
        "restore_ok": found.restore_ok,
    }


def main() -> None:
    """Run, print, and write a JSON file where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of a minute instead of two")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = figures(options.quick)
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))
    sys.exit(bool(found["lost_edits"] or found["sessions_lock_errors"] or not found["restore_ok"]))


def _person(
    number: int, url: str, until: float, home: Path, work: bool, found: Sessions, guard: threading.Lock
) -> None:
    """What one of the two does, in a thread of its own."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, started(playwright) as browser:
        page = browser.new_page(viewport=VIEWPORT)
        page.set_default_timeout(PATIENCE)
        me = Person(number, page, url)
        if work and number == 0:
            me.work()
        acts: list[Callable[[], tuple[str, Any]]] = [me.label, me.price, me.limits, me.scenario, me.decision]
        while time.monotonic() < until or me.done < len(acts):
            _one(me, acts[(me.done + 2 * number) % len(acts)], found, guard)
            if me.done % 7 == 5:
                path = me.backup(home)
                backup.verify(path)
                with guard:
                    found.backups += 1
                path.unlink()
            me.done += 1


def _one(me: Person, act: Callable[[], tuple[str, Any]], found: Sessions, guard: threading.Lock) -> None:
    try:
        made = act()
    except (AssertionError, TooLate) as error:
        with guard:
            found.unconfirmed += 1
        print(f"{me.number}: {act.__name__} was not confirmed: {str(error).splitlines()[0]}", file=sys.stderr)
    else:
        with guard:
            found.confirmed.append(made)
    shown = me.page.get_by_test_id("stException").all_inner_texts()
    alerts = [text for text in me.page.get_by_test_id("stAlert").all_inner_texts() if FAULTS.search(text)]
    with guard:
        found.faults += [text[:300] for text in (*shown, *alerts)]


def _lost(shop: Workspace, confirmed: list[tuple[str, Any]]) -> list[str]:
    """Edits that a page has confirmed and the database does not hold."""
    cursor = shop.cursor()
    labels = dict(cursor.execute("SELECT label, count(*) FROM labels GROUP BY label").fetchall())
    prices = {round(price, 4) for (price,) in cursor.execute("SELECT price FROM price_choices").fetchall() if price}
    acts = [
        (kind, json.loads(text)) for kind, text in cursor.execute("SELECT kind, content FROM scenario_acts").fetchall()
    ]
    names = {content["name"] for kind, content in acts if kind in ("create", "rename")}
    stocks = {content.get("stock") for kind, content in acts if kind == "fix"}
    row = cursor.execute("SELECT value FROM settings WHERE name = 'plan_thresholds'").fetchone()
    limit = json.loads(row[0])["stock_money"] if row else None
    last = {number: money for kind, key in confirmed if kind == "limit" for number, money in [key]}
    there: dict[str, Callable[[Any], bool]] = {
        "label": lambda key: labels.get(key[0], 0) >= key[1],
        "price": lambda key: round(key[1], 4) in prices,
        "scenario": lambda key: key in names,
        "decision": lambda key: key in stocks,
        "limit": lambda key: limit in last.values(),
    }
    return [f"{kind} {key}" for kind, key in confirmed if not there[kind](key)]


def _restores(shop: Workspace, folder: Path) -> bool:
    """Whether a backup, restored into an empty folder, is the same shop."""
    path = folder.with_suffix(".zip")
    backup.make(shop, path)
    before, forecast = backup.contents(shop.cursor()), _forecast(shop)
    backup.restore(folder, path)
    with Workspace(folder) as again:
        same = {name for name, told in backup.contents(again.cursor()).items() if before[name] == told}
        return before.keys() - same <= {"data_version"} and np.array_equal(forecast, _forecast(again), equal_nan=True)


def _forecast(shop: Workspace) -> np.ndarray:
    version = versions.active(shop)
    assert version is not None
    return in_force.outlook(shop, version).forecast[["p10", "p50", "p90", "mean"]].to_numpy()


def _cancel_all(shop: Path) -> None:
    """End what is still at work; the queue is folders, so nobody need open the database for it."""
    from core.jobs.state import kept

    for job in reversed(kept(shop / "artifacts" / "jobs")):
        with contextlib.suppress(KeyError):
            jobs.cancel(job)


def _faults(log: str) -> list[str]:
    """Lines of the server's log that tell of a conflict or an exception."""
    lines = log.splitlines()
    return [
        " | ".join(lines[at : at + 3])[:300]
        for at, line in enumerate(lines)
        if FAULTS.search(line) and not any(GONE.search(near) for near in lines[max(0, at - 3) : at + 4])
    ]


def _count(text: str) -> int:
    return int(text.split(" of ")[0].replace(",", ""))


if __name__ == "__main__":
    main()
