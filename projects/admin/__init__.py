"""The admin console over people, projects, datasets, images, what is on its way, what is deleted, and the audit log."""

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401
import django_q.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

from projects.admin import bin, groups, images, log, people, projects, webhooks  # noqa: F401
from projects.console import files, queues  # noqa: F401

admin.site.unregister(Authenticator)  # secrets
admin.site.unregister([SocialAccount, SocialApp, SocialToken])  # the environment says which provider there is
admin.site.unregister(EmailAddress)  # a person's address stands with the person
admin.site.unregister([Schedule, Success, Failure, OrmQ])  # a task that is written here would run any code there is
