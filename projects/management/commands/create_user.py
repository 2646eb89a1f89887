"""`manage.py create_user ADDRESS`: an account without an invitation; the password comes from standard input or is asked
for.
"""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.errors import Refusal
from projects.people.actions import create_user


class Command(BaseCommand):
    help = "Makes an account. The password is the first line of standard input, or is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--administrator", action="store_true", help="may use the admin console")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = sys.stdin.isatty()
        password = getpass.getpass() if asked else sys.stdin.readline().rstrip("\n")
        try:
            person = create_user(
                email=options["email"], name=options["name"], password=password, administrator=options["administrator"]
            )
        except Refusal as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{person.email}: account {person.pk}")
