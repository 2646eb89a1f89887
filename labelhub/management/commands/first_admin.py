"""`manage.py first_admin --address https://labels.example.org/`: the link that `serve` prints, for servers without
`serve`.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labelhub.first_admin import fresh_token


class Command(BaseCommand):
    help = "Prints a one-time link for the first administrator, while there is no user."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="http://127.0.0.1:8000/", help="how people reach the site")

    def handle(self, *args: Any, **options: Any) -> None:
        token = fresh_token()
        if token is None:
            raise CommandError("There are users already: ask one of them for an invitation.")
        self.stdout.write(f"{options['address'].rstrip('/')}/setup/{token}/")
