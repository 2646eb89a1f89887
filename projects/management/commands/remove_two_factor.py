"""manage.py remove_two_factor ADDRESS: for who lost the app and the recovery codes, where no administrator can help."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.models import User
from projects.people import two_factor


class Command(BaseCommand):
    help = "Removes a person's second factor: the password alone signs in again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        person = User.objects.filter(email__iexact=address).first()
        if person is None:
            raise CommandError(f"There is no account with the address {address}.")
        done = two_factor.remove(None, person)
        self.stdout.write("Removed." if done else "There was none.")
