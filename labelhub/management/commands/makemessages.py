"""Django's makemessages for this tree: `makemessages -l ko`, then `makemessages -l ko -d djangojs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.commands.makemessages import BuildFile as DjangoBuildFile
from django.core.management.commands.makemessages import Command as DjangoCommand

NOT_OURS = [".venv", "bench", "data", "node_modules", "static/dist", "static/tests", "staticfiles", "tests"]
CALL = re.compile(r"""\bn?p?gettext\(\s*(?:"(?:[^"\\]|\\.)*"[\s,]*)+""")


def calls_only(typescript: str) -> str:
    """The gettext calls of a TypeScript file, as JavaScript.

    xgettext before 0.23 knows no TypeScript: it takes `Record<string, string>` for the start of an XML literal, and
    misses what follows without a word.
    """
    return "".join(f"{call.rstrip().rstrip(',')});\n" for call in CALL.findall(typescript))


class BuildFile(DjangoBuildFile):
    @property
    def is_templatized(self) -> bool:  # type: ignore[override]
        return self.translatable.file.endswith(".ts") or super().is_templatized

    def preprocess(self) -> None:
        if self.translatable.file.endswith(".ts"):
            Path(self.work_path).write_text(calls_only(Path(self.path).read_text("utf-8")), "utf-8")
        else:
            super().preprocess()


class Command(DjangoCommand):
    build_file_class = BuildFile
    # annotations/formats knows nothing of Django: it marks its sentences with marked("...") and counted("...", "...").
    xgettext_options = [*DjangoCommand.xgettext_options, "--keyword=marked", "--keyword=counted:1,2"]  # noqa: RUF012

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*options["ignore_patterns"], *NOT_OURS]
        options["no_location"] = True  # places change with every line, and every change of one would be a change here
        if options["domain"] == "djangojs":
            options["extensions"] = options["extensions"] or ["ts"]
        super().handle(*args, **options)
