"""`labelhub`: the client on the command line."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from labelhub_client.client import Client
from labelhub_client.errors import ClientError, NotFound
from labelhub_client.jobs import Progress
from labelhub_client.login import Login
from labelhub_client.values import FileProblem, LabelImport, Notice, Run

Arguments = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> None:
    """Ends with status 1 and one line where something went wrong."""
    given = _parser().parse_args(arguments)
    try:
        given.act(given)
    except (ClientError, OSError) as error:
        sys.exit(f"labelhub: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def login(given: Arguments) -> None:
    asked = "Token (Account, API tokens): "
    token = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline()
    found = Login(given.url, token.strip())
    with Client(found.url, found.token) as hub:
        projects = hub.list_projects()
    path = found.save()
    print(f"Signed in to {found.url}: {len(projects)} projects. The token is kept in {path}.")


def upload(given: Arguments) -> None:
    with _client() as hub:
        try:
            project = hub.find_project(given.project)
        except NotFound:
            if not given.create:
                raise NotFound(f"There is no project “{given.project}”: --create makes it.") from None
            project = hub.create_project(given.project)
        dataset = hub.find_dataset(project.id, given.dataset)
        done = hub.upload_folder(dataset.id, given.folder, _show)
    _list(done.problems)
    print(f"{len(done.added)} images added, {done.known} were there already, {len(done.problems)} problems.")


def import_(given: Arguments) -> None:
    with _client() as hub:
        project = hub.find_project(given.project)
        job = hub.preview_labels(project.id, given.path, progress=_show)
        _describe(job)
        if not given.yes and (
            not sys.stdin.isatty() or input("Import this? [y/N] ").strip().lower() not in ("y", "yes")
        ):
            raise ClientError("Nothing was imported: --yes does it unasked.")
        done = hub.start_import(project.id, job.id, complete=given.complete, progress=_show)
    counts = ", ".join(f"{name} {number}" for name, number in done.counts.items() if number)
    print(f"Imported: {counts or 'nothing new'}.")


def autolabel(given: Arguments) -> None:
    with _client() as hub:
        project = hub.find_project(given.project)
        classes = [one.id for one in hub.find_classes(project.id, given.classes)]
        run = hub.start_autolabel(project.id, classes, train=given.train, epochs=given.epochs, budget=given.budget)
        print(f"Run {run.id} is queued.")
        if given.wait:
            _ended(hub.watch_run(run.id, _show))


def watch(given: Arguments) -> None:
    with _client() as hub:
        project = hub.find_project(given.project)
        run = given.run or next((run.id for run in hub.list_runs(project.id)), None)
        if run is None:
            raise NotFound(f"“{project.name}” has no run yet.")
        _ended(hub.watch_run(run, _show))


def export(given: Arguments) -> None:
    with _client() as hub:
        project = hub.find_project(given.project)
        files = hub.export(
            project.id, given.out, given.format, images=given.images, split=given.split,
            classes=[one.id for one in hub.find_classes(project.id, given.classes)] if given.classes else [],
            unfinished=True if given.unfinished else None, progress=_show,
        )  # fmt: skip
    print(f"{len(files)} files in {given.out}.")


def predict(given: Arguments) -> None:
    with _client() as hub:
        project = hub.find_project(given.project)
        for picture in given.pictures:
            found = hub.predict(project.id, picture)
            if given.json:
                print(json.dumps({"picture": str(picture), **asdict(found)}, ensure_ascii=False))
                continue
            print(f"{picture}: {len(found.boxes)} boxes")
            for box in found.boxes:
                corners = " ".join(f"{side:.1f}" for side in box.xyxy)
                print(f"  {box.name}  {box.probability:.2f}  {box.state}  {corners}")


def model(given: Arguments) -> None:
    with _client() as hub:
        project = hub.find_project(given.project)
        found = [one for one in hub.list_models(project.id) if one.kind == given.kind]
        if not found:
            raise NotFound(f"“{project.name}” has no model of kind {given.kind}.")
        path = hub.save_model(found[0].id, given.out)
    print(f"{found[0].name} is in {path}.")


def _client() -> Client:
    found = Login.load()
    return Client(found.url, found.token)


def _ended(run: Run) -> None:
    pending = run.batch.pending if run.batch else 0
    print(f"Run {run.id} is done: {pending} suggestions wait for review.")


def _describe(job: LabelImport) -> None:
    preview = job.preview
    assert preview is not None
    images = preview.images
    print(
        f"{preview.title or 'Pictures'}: {images.labelled} labelled images ({images.new} new, {images.here} here "
        "already,"
        f" {images.missing} missing), {preview.boxes} boxes, {preview.predictions} predictions."
    )
    for one in preview.classes:
        print(f"  {one.name}: {one.boxes + one.predictions} boxes, {'same class' if one.existing else 'new class'}")
    _list([*job.problems, *job.notices])


def _list(problems: Sequence[FileProblem | Notice]) -> None:
    for one in problems:
        print(f"  {one.file}: {one.detail}", file=sys.stderr)


def _show(progress: Progress) -> None:
    """One line that changes, for people; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return
    share = f"{100 * progress.done / progress.total:3.0f} %" if progress.total else ""
    end = "\n" if progress.total and progress.done >= progress.total else ""
    print(f"\r\x1b[K{progress.what} {share}", end=end, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("labelhub", description="LabelHub on the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("login", help="keep a server's address and your token")
    one.add_argument("url")
    one.set_defaults(act=login)

    one = _of_project(
        commands, "upload", "send the pictures of a folder; those that are there already are not sent again"
    )
    one.add_argument("folder", type=Path, help="or one picture")
    one.add_argument("--dataset", default="", help="its name; without it, the first")
    one.add_argument("--create", action="store_true", help="make the project where there is none")
    one.set_defaults(act=upload)

    one = _of_project(commands, "import", "import labels: a zip, a file, or a folder, in any of the formats")
    one.add_argument("path", type=Path)
    one.add_argument("--complete", choices=("no", "file", "all"), default="no", help="which images to mark complete")
    one.add_argument("--yes", action="store_true", help="import without asking")
    one.set_defaults(act=import_)

    one = _of_project(commands, "autolabel", "find the rest of these classes")
    one.add_argument("classes", nargs="*", metavar="CLASS", help="its name; without it, all")
    one.add_argument("--train", choices=("auto", "always", "never"), help="whether a detector is trained too")
    one.add_argument("--epochs", type=int)
    one.add_argument("--budget", choices=("fast", "best"))
    one.add_argument("--wait", action="store_true", help="until the run has ended")
    one.set_defaults(act=autolabel)

    one = _of_project(commands, "watch", "wait until the newest run has ended")
    one.add_argument("--run", type=int, metavar="ID", help="this run instead")
    one.set_defaults(act=watch)

    one = _of_project(commands, "export", "labels into a folder")
    one.add_argument("--out", type=Path, default=Path("export"))
    one.add_argument("--format", default="coco", help="coco, yolo or another of the server's")
    one.add_argument("--images", action="store_true", help="the pictures too")
    one.add_argument("--split", choices=("train", "val", "test", "none"))
    one.add_argument("--class", dest="classes", action="append", default=[], metavar="NAME")
    one.add_argument("--unfinished", action="store_true", help="images too that are not complete for the classes")
    one.set_defaults(act=export)

    one = _of_project(commands, "predict", "what the class models see in pictures, which the server does not keep")
    one.add_argument("pictures", nargs="+", type=Path)
    one.add_argument("--json", action="store_true", help="a line of JSON for each")
    one.set_defaults(act=predict)

    one = _of_project(commands, "model", "download the newest model")
    one.add_argument("--kind", choices=("detector", "fewshot"), default="detector")
    one.add_argument("--out", type=Path, default=Path("model.zip"))
    one.set_defaults(act=model)
    return parser


def _of_project(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about)
    parser.add_argument("project", help="its name or id")
    return parser
