"""The daily mail: what is unread, in the reader's language, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from django_q.models import OrmQ

from projects.models import Membership, Notification, Project, User
from projects.notifications import actions, digest
from projects.notifications.actions import News
from tests import factories

Maker = Callable[..., News]


@pytest.fixture
def ada(project: Project, settings: Any) -> User:
    settings.MAIL = "consolemail://"
    return factories.make_member(project, "annotator", name="Ada", language="ko")


def tell(person: User, news: News, ago: timedelta = timedelta(days=1)) -> None:
    actions.notify([person], news)
    newest = Notification.objects.latest("id")
    Notification.objects.filter(pk=newest.pk).update(at=timezone.now() - ago)


def test_what_is_unread_is_mailed_once(ada: User, news: Maker) -> None:
    tell(ada, news("a", detail="One is missing."))
    tell(ada, news("b"))
    assert [digest.send_digests(), digest.send_digests()] == ["1 sent", "0 sent"]
    (letter,) = outbox.outbox
    assert (letter.to, letter.subject) == ([ada.email], "LabelHub: 알림 2개")
    assert "“One is missing.”" in letter.body
    assert "http" in letter.body
    tell(ada, news("c"))
    digest.send_digests()
    assert "알림 1개" in outbox.outbox[-1].subject


@pytest.mark.parametrize(
    "why", ["fresh", "old", "read", "no mail wanted", "inactive", "muted", "left", "not due again yet"]
)
def test_what_is_in_no_mail(why: str, ada: User, news: Maker) -> None:
    tell(ada, news(), {"fresh": timedelta(), "old": timedelta(days=9)}.get(why, timedelta(days=1)))
    match why:
        case "read":
            actions.mark_read(ada)
        case "no mail wanted":
            User.objects.filter(pk=ada.pk).update(digest=False)
        case "inactive":
            User.objects.filter(pk=ada.pk).update(is_active=False)
        case "muted":
            Notification.objects.all().delete()
            actions.choose(ada, kinds=[], digest=True)
            actions.notify([ada], news())
        case "left":
            Membership.objects.filter(user=ada).delete()
        case "not due again yet":
            User.objects.filter(pk=ada.pk).update(digest_after=timezone.now() + timedelta(minutes=1))
    digest.send_digests()
    assert outbox.outbox == []


def test_a_mail_that_could_not_be_sent_is_tried_again(ada: User, news: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(ada, news())
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", lambda *_: 1 / 0)
        digest.send_digests()
    assert not digest.due(timezone.now()).exists()
    later = timezone.now() + digest.PAUSE + timedelta(seconds=1)
    assert list(digest.due(later)) == [ada]
    User.objects.update(digest_after=None)
    assert digest.send_digests() == "1 sent"


@pytest.mark.parametrize(("mail", "asked"), [("consolemail://", 1), ("", 0)])
def test_a_worker_is_asked_for_once_where_mail_is_set(
    mail: str, asked: int, ada: User, news: Maker, settings: Any
) -> None:
    settings.MAIL = mail
    tell(ada, news())
    for _ in range(2):
        digest.sweep()
    assert OrmQ.objects.count() == asked


def test_what_is_old_goes(ada: User, news: Maker) -> None:
    tell(ada, news("a"), digest.KEPT + timedelta(days=1))
    tell(ada, news("b"))
    digest.sweep()
    assert Notification.objects.get().key == "b"


@pytest.mark.parametrize(
    ("now", "hour"), [("2026-05-05 06:59", "2026-05-04 07:00"), ("2026-05-05 07:00", "2026-05-05 07:00")]
)
def test_the_hour_of_the_mails(now: str, hour: str) -> None:
    moment = timezone.make_aware(datetime.fromisoformat(now))
    assert digest.last_hour(moment) == timezone.make_aware(datetime.fromisoformat(hour))
