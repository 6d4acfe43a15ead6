"""What is left of a shop when a job is killed with kill -9 at any moment of its life, by the real work of every kind.

A small shop is made with all that the kinds need. For each kill a copy of it is opened by a process of its own, which
asks for the job and is killed, too, as an app may be; the job goes on alone and is killed at its moment. Then another
process opens the shop as the app does, looks at all that is left, and asks for the job once more.

    python -m tests.benchmarks.job_kills --rounds 6 --json killed_jobs.json

Who takes in what a job has made is killed as well: before each of its steps that change a file or the database.
"""

import argparse
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.forks import in_child, leave

__all__ = ["KINDS", "killed", "left", "make", "taken_by_the_killed"]

KINDS = ("train", "backtest", "preference", "sentiment", "prices", "demand", "plan")
"""Kinds of work; of updates the model that they are of."""
UPDATES = ("prices", "demand")
TAKEN = ("train", "preference", "sentiment", "prices", "demand")
STAGES: dict[str, str] = {"half a version": "version", "its result written": "result.json"}
"""Moment to the file in the job's folder that tells of it; the others are shares of what the work computes."""
PATIENCE = 300.0
PAST = date(2024, 10, 1)
KEPT = ("embeddings", "runs", "jobs")
"""Folders of artifacts in which an ended job may leave something: what was read, curves, its own history."""
Found = dict[str, Any]


def make(folder: Path) -> None:
    """The small shop: sales, a sheet, reviews; a forecaster that is older than its last sales, kept prices."""
    in_child(lambda: _make(folder))


def _make(folder: Path) -> None:
    from core import history, training, versions
    from core.prices import fitted
    from core.settings import Settings
    from core.update import pins
    from core.workspace import Workspace
    from models.encoder import Encoder
    from models.settings import Schedule
    from tests import review_samples
    from tests.conftest import WEEKS, fill, load_into, make_files

    with Workspace(folder) as shop:
        fill(shop, make_files())
        load_into(shop, review_samples.frame().to_csv(index=False), "reviews", "reviews.csv")
        encoder = Encoder(cache=shop.artifacts / "embeddings")
        settings = Settings(weeks=WEEKS, rank=2, schedule=Schedule(epochs=1))
        made = training.train(
            history.read(shop.cursor()).as_of(PAST), encoder, replace(settings, adapter="frozen"),
            shop.artifacts / "versions" / "training", lambda done, note: None,
        )  # fmt: skip
        (shop.artifacts / "versions" / "training").rename(versions.folder(shop, made["version"]))
        versions.register(shop, made["version"], made["summary"])
        fitted.responses(shop)
        pins.pin(shop)
        last = history.read(shop.cursor()).end
        lines = [f"{last + timedelta(days=at)},P-{item:03},2,{5 + item}.0" for at in range(1, 22) for item in range(3)]
        load_into(shop, "\n".join(["date,product_id,units,unit_price", *lines]), "sales", "later.csv")


def killed(made: Path, kind: str, moment: str | float) -> Found:
    """Kill one job of a kind at a moment: a name of STAGES, or seconds of computing. What was found afterwards."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(shutil.copytree(made, Path(home) / "shop", symlinks=True))
        before = in_child(lambda: _looked(folder))
        started = in_child_that_dies(lambda: _ask(folder, kind))
        assert started, "the job was not asked for"
        stage, spent = _kill(folder, moment)
        after = in_child(lambda: _opened(folder))
        wrong = _wrong(kind, stage, before, after)
        again = in_child(lambda: _again(folder, after))
        wrong += _wrong_again(kind, before, again)
        told = {"kind": kind, "moment": moment, "stage": stage, "state": after["state"], "wrong": wrong}
        return told | {"spent": spent}


def taken_by_the_killed(made: Path, kind: str) -> list[Found]:
    """Let a job end; then take it in, killed before the first, second ... step, until nobody is killed any more."""
    with tempfile.TemporaryDirectory() as home:
        done = Path(shutil.copytree(made, Path(home) / "done", symlinks=True))
        before = in_child(lambda: _looked(done))
        in_child(lambda: _done(done, kind))
        whole = in_child(lambda: _opened(Path(shutil.copytree(done, Path(home) / "whole", symlinks=True))))
        found, step, died = [], 0, True
        while died:
            folder = Path(shutil.copytree(done, Path(home) / f"step-{step}", symlinks=True))
            died = in_child_that_dies(partial(_take_in, folder, step))
            if died:
                after = in_child(partial(_opened, folder))
                wrong = _wrong(kind, "", before, after) + _differs(whole, after)
                found.append({"kind": kind, "moment": f"step {step} of taking in", "stage": "", "wrong": wrong})
            step += 1
        return found


def in_child_that_dies(act: Callable[[], object]) -> bool:
    """Let a fork act; whether it was killed. Raises RuntimeError where it failed."""
    child = os.fork()
    if not child:
        leave(act)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"a child ended with {status}; see above")
    return os.WIFSIGNALED(status)


def _ask(folder: Path, kind: str) -> None:
    """Ask for the job, and be killed: as an app whose machine runs out of memory."""
    from core.workspace import Workspace

    shop = Workspace(folder)
    _begin(shop, kind)
    os.kill(os.getpid(), signal.SIGKILL)


def _begin(shop: Any, kind: str) -> Any:
    from core import jobs, updates
    from core.settings import Settings
    from models.settings import Schedule
    from tests.conftest import WEEKS

    settings = asdict(Settings(weeks=WEEKS, rank=2, schedule=Schedule(epochs=1)))
    match kind:
        case "train":
            return jobs.start(shop, "train", settings)
        case "backtest":
            return jobs.start(shop, "backtest", settings, cut="2024-09-09")
        case "preference" | "sentiment":
            return jobs.start(shop, kind, {"effort": "quick", "seed": 0})
        case "plan":
            return jobs.start(shop, "plan", {}, scenario_id=0, about="Plan")
    return updates.begin(shop, kind)  # type: ignore[arg-type]


def _kill(folder: Path, moment: str | float) -> tuple[str, float]:
    """Kill the job of a shop at a moment; what it was at (its last note, or how it ended before), and the seconds of
    computing that it had spent: by the clock they would depend on what else the machine does."""
    (job,) = (path.parent for path in (folder / "artifacts" / "jobs").glob("*/request.json"))
    pid = json.loads((job / "process.json").read_text())["pid"]
    begun, name, spent = time.monotonic(), STAGES.get(str(moment), ""), 0.0
    while _lives(pid) and time.monotonic() - begun < PATIENCE:
        spent = max(spent, _computed(pid))
        if (name and (job / name).exists()) or (not name and spent >= float(moment)):
            break
        time.sleep(0.002)
    over = not _lives(pid)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    while _lives(pid):
        time.sleep(0.005)
    if (job / "result.json").exists():
        return "over" if over else "result written", spent
    progress = job / "progress.json"
    return str(json.loads(progress.read_text())["note"]) if progress.exists() else "before it began", spent


def _computed(pid: int) -> float:
    """Seconds of computing that a process has spent; 0 where it is gone."""
    try:
        user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    except OSError:
        return 0.0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _lives(pid: int) -> bool:
    """Whether a process is at work; one whose parent is gone may stay as a zombie where nobody reaps."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _looked(folder: Path) -> Found:
    from core import jobs
    from core.workspace import Workspace

    with Workspace(folder) as shop:
        return _state(shop) | {"kinds": [job.kind for job in jobs.listed(shop)]}


def _opened(folder: Path) -> Found:
    """Open a shop as the app does, take in what has ended, and look."""
    from core import jobs
    from core.jobs import tidy
    from core.workspace import Workspace

    with Workspace(folder) as shop:
        tidy.clear(shop.artifacts)
        jobs.finish(shop)
        (job,) = jobs.listed(shop)
        told = {"state": job.state, "cause": job.cause, "error": job.error, "version": job.result.get("version", "")}
        return _state(shop) | told | {"heirs": len(jobs.waiting(shop))}


def _again(folder: Path, after: Found) -> Found:
    """Ask once more for what failed, and wait; what there is then."""
    from core import jobs
    from core.workspace import Workspace

    with Workspace(folder) as shop:
        if after["state"] == "failed":
            jobs.retry(shop, jobs.listed(shop)[0])
            _wait(shop)
        last = jobs.listed(shop)[0]
        return _state(shop) | {"state": last.state, "error": last.error, "version": last.result.get("version", "")}


def _done(folder: Path, kind: str) -> None:
    """Let the job end; what it made is not taken in."""
    from core import jobs
    from core.workspace import Workspace

    with Workspace(folder) as shop:
        if kind in UPDATES:
            from core.update.policy import Policy, keep

            keep(shop, Policy(automatic=True, sure=False, margin=0.0))
        job = _begin(shop, kind)
        _wait(shop, finish=False)
        job = jobs.listed(shop)[0]
        assert job.state == "done", job.error


def _wait(shop: Any, *, finish: bool = True) -> None:
    from core import jobs

    deadline = time.monotonic() + PATIENCE
    while any(job.running for job in jobs.listed(shop)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if finish:
        jobs.finish(shop)


def _take_in(folder: Path, step: int) -> None:
    """Take in what has ended, and be killed before a step: a rename, or the end of a transaction."""
    from core import jobs
    from core.workspace import Workspace

    shop, counted = Workspace(folder), iter(range(10_000))

    def dying(act: Callable[..., Any]) -> Callable[..., Any]:
        def acts(*given: Any, **told: Any) -> Any:
            if next(counted) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*given, **told)

        return acts

    for name in ("rename", "replace", "unlink"):
        setattr(Path, name, dying(getattr(Path, name)))
    Workspace.transaction = dying(Workspace.transaction)  # type: ignore[method-assign]
    jobs.finish(shop)
    shop.close()


def _state(shop: Any) -> Found:
    """All that a killed job could have spoiled: versions, what is in use, files by name."""
    from core.accuracy import results

    rows = shop.cursor().execute("SELECT kind, version, active, trial FROM model_versions ORDER BY ALL").fetchall()
    kept = {name: _whole(shop.artifacts / "versions" / name) for _, name, _, _ in rows}
    trials = {name: json.loads(trial)["state"] for _, name, _, trial in rows if trial}
    return {
        "versions": [name for _, name, _, _ in rows],
        "active": {kind: name for kind, name, active, _ in rows if active},
        "broken": sorted(name for name, whole in kept.items() if not whole),
        "trials": trials,
        "files": sorted(left(shop.artifacts)),
        "backtests": len(results.kept(shop.artifacts)),
    }


def _whole(folder: Path) -> bool:
    """Whether a version is there, and everything of it can be read."""
    return any(folder.glob("*")) and all(path.stat().st_size > 0 for path in folder.rglob("*") if path.is_file())


def left(artifacts: Path) -> set[str]:
    """What lies below the artifacts: folders of versions, fits and results, and files of jobs that are no history."""
    history = {"request.json", "process.json", "progress.json", "log.txt", "curves.jsonl", "result.json", "taken.json",
               "error.json", "trials.json"}  # fmt: skip
    found = {f"{path.parent.name}/{path.name}" for path in artifacts.glob("*/*") if path.parent.name not in KEPT}
    found |= {f"jobs/{path.name}" for path in artifacts.glob("jobs/*/*") if path.name not in history}
    return found | {path.name for path in artifacts.iterdir() if not path.is_dir()}


def _wrong(kind: str, stage: str, before: Found, after: Found) -> list[str]:
    """What a killed job has spoiled, in words; empty where nothing."""
    told = []
    if after["broken"]:
        told.append(f"half a version: {after['broken']}")
    fresh = set(after["versions"]) - set(before["versions"])
    if after["state"] == "failed":
        told += [f"registered, though it failed: {sorted(fresh)}"] if fresh else []
        told += ["another version in use"] if after["active"] != before["active"] else []
        told += ["no word of why"] if after["cause"] != "killed" or not after["error"] else []
        told += ["a backtest of a job that failed"] if after["backtests"] != before["backtests"] else []
        more = [one for one in after["files"] if one not in before["files"] and not _cache(one)]
        told += [f"left: {more}"] if more else []
    elif after["state"] == "done":
        told += _not_taken_in(kind, before, after)
        told += [f"left: {one}" for one in after["files"] if one.startswith("jobs/")]
    else:
        told.append(f"it is {after['state']}")
    if stage in ("over", "result written") and after["state"] != "done":
        told.append("its result is lost")
    return told


def _wrong_again(kind: str, before: Found, again: Found) -> list[str]:
    told = [f"once more: {one}" for one in _not_taken_in(kind, before, again)]
    if again["state"] != "done":
        told.append(f"once more it is {again['state']}: {again['error']}")
    return told


def _not_taken_in(kind: str, before: Found, after: Found) -> list[str]:
    fresh = sorted(set(after["versions"]) - set(before["versions"]))
    if kind in TAKEN:
        if fresh != [after["version"]]:
            return [f"made {after['version']}, registered {fresh}"]
        mine = {"train": "demand"}.get(kind, kind)
        if kind in UPDATES:
            used = after["active"].get(mine) == after["version"]
            return [] if mine in after["active"] and used == (after["trials"][fresh[0]] == "used") else ["none in use"]
        return [] if after["active"].get(mine) == after["version"] else ["not in use"]
    if kind == "backtest" and after["backtests"] != before["backtests"] + 1:
        return ["no backtest"]
    return [f"registered {fresh}"] if fresh else []


def _differs(whole: Found, after: Found) -> list[str]:
    """What another taking in has come to than one that nobody has disturbed."""
    return [
        f"{name}: {after[name]}, not {whole[name]}" for name in ("active", "trials", "versions", "files")
        if after[name] != whole[name]
    ]  # fmt: skip


def _cache(name: str) -> bool:
    """What is named by what it was made from may stay: whoever needs the same finds it, whole."""
    return name.split("/")[0] in ("outlooks", "plans", "prices", "answers", "substitutes", "health")


def main() -> int:
    """Kill and count; prints a line a kill, and writes all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6, help="random moments a kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rng, found = random.Random(asked.seed), []
    with tempfile.TemporaryDirectory() as home:
        made = Path(home) / "made"
        make(made)
        for kind in asked.kinds:
            first = killed(made, kind, PATIENCE)  # nobody kills it: how long it takes
            took = float(first["spent"])
            moments: list[str | float] = [0.0, *STAGES, *(rng.uniform(0.02, 1.0) * took for _ in range(asked.rounds))]
            kills = [first, *(killed(made, kind, moment) for moment in moments)]
            kills += taken_by_the_killed(made, kind) if kind in TAKEN else []
            for one in kills:
                print(json.dumps(one), flush=True)
            found += kills
    bad, over = ([one for one in found if one["wrong"]], [one for one in found if one["stage"] == "over"])
    counts = Counter(one["kind"] for one in found if one["stage"] != "over")
    print(f"{counts.total()} kills ({dict(counts)}), {len(over)} came too late; {len(bad)} left something wrong")
    if asked.json:
        told = {"kills": counts.total(), "too_late": len(over), "wrong": len(bad), "each": found}
        asked.json.write_text(json.dumps(told, indent=2))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
