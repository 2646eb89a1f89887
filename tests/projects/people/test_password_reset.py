"""A new password by mail: for whoever has the account's address, and nobody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from projects.models import User
from tests import factories

pytestmark = pytest.mark.django_db
NEW = "another-long-password"


@pytest.fixture(autouse=True)
def ada(settings: Any) -> User:
    cache.clear()
    settings.MAIL = "consolemail://"
    return factories.make_user("ada@example.org", name="Ada", language="ko")


def ask(email: str) -> Any:
    return Client().post(reverse("account_reset_password"), {"email": email})


def test_a_link_sets_a_new_password_once(ada: User, client: Client) -> None:
    signed_in = Client()
    signed_in.force_login(ada)
    assert ask("ADA@example.org").url == reverse("account_reset_password_done")
    (letter,) = outbox.outbox
    assert letter.subject == "LabelHub: 새 비밀번호"
    (link,) = re.findall(r"http://\S+", letter.body)
    form = client.get(link).url
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert "/accounts/login/" in signed_in.get(reverse("account")).url  # whoever was in with the old one is out
    assert b"works no more" in Client().get(link).content


@pytest.mark.parametrize("case", ["nobody", "inactive", "address of another's row"])
def test_whom_no_mail_goes_to(case: str, ada: User) -> None:
    if case == "inactive":
        User.objects.filter(pk=ada.pk).update(is_active=False)
    if case.startswith("address"):
        EmailAddress.objects.create(user=ada, email="old@example.org", verified=True)
    asked = ask({"nobody": "nobody@example.org", "inactive": ada.email}.get(case, "old@example.org"))
    assert asked.url == reverse("account_reset_password_done")  # the same answer for all
    assert outbox.outbox == []


def test_a_mail_server_that_fails_says_nothing_about_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda *_a, **_k: 1 / 0)
    assert ask("ada@example.org").url == reverse("account_reset_password_done")


def test_few_mails_to_one_address() -> None:
    assert [ask("ada@example.org").status_code for _ in range(6)][-2:] == [302, 429]
