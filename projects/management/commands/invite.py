"""`manage.py invite PROJECT --role reviewer --email a@b.org b@b.org`: one-time links, a line each."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from projects.errors import Refusal
from projects.models import Membership, Project, Role
from projects.people import invitations


class Command(BaseCommand):
    help = "Prints one-time links into a project, in the name of its owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", type=int, help="its number, as in its address")
        parser.add_argument("--role", default=Role.ANNOTATOR, choices=Role.values)
        parser.add_argument(
            "--email", nargs="*", default=[], help="who alone may use a link; without it one for anybody"
        )
        parser.add_argument("--address", default="http://127.0.0.1:8000/", help="how people reach the site")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(pk=options["project"], deleted_at=None).first()
        owner = Membership.objects.filter(project=project, role=Role.OWNER).select_related("user").first()
        if project is None or owner is None:
            raise CommandError(f"There is no project {options['project']}.")
        for email in options["email"] or [""]:
            try:
                _invitation, token = invitations.invite(owner.user, project, role=options["role"], email=email)
            except Refusal as error:
                raise CommandError(f"{email}: {error}") from error
            self.stdout.write(
                f"{email or options['role']}\t{options['address'].rstrip('/')}{reverse('invite', args=[token])}"
            )
