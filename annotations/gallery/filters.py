"""What the gallery is narrowed to, as its address says it. Values that make no sense count as not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode

from annotations.attribute_values import AttributeFilter, boxes_saying
from annotations.blindness import hidden_images
from annotations.flags import NAMES
from annotations.models import OBJECTS, Box, Complete, ImageTag, Origin, Suggestion, WorkImage, with_flag
from annotations.tags.names import clean_tag
from projects.models import Image, Membership, Project, Role, User

STATES = ("boxes", "empty", "suggestions", "complete", "open")
ORDERS = {"": ("id",), "newest": ("-id",), "name": ("name", "id"), "-name": ("-name", "-id")}
UNSPLIT = "none"
NO_JOB = "none"
WORK = (*WorkImage.State.values, NO_JOB)
SPLITS = (*Image.Split.values, UNSPLIT)
SIZES = {"small": (0, 1_000_000), "medium": (1_000_000, 8_000_000), "large": (8_000_000, None)}  # pixels
MINE, NOBODY = "me", "none"
EXACT, NEAR = "exact", "near"
IGNORED = "ignore"
KEYS = {EXACT: "sha256", NEAR: "group"}  # what copies have in common; all of them have a group
WORDS_OF_OLD = {"1": EXACT}  # in views that were saved when there were no near copies
LONGEST_SEARCH = 200
BIGGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class GalleryFilter:
    """label: id of a class. assignee: "me", "none" or an id. low, high: percent of a waiting suggestion's probability.

    copies: "exact" (the same file is in the project again) or "near" (a picture that looks the same is). split: one of
    the splits, or "none". work: a state of images in jobs, or "none" for images in no job. flag: what a box there is
    said to be. attribute: what a box there says, see annotations.attribute_values.AttributeFilter. tag: that the image
    has.
    """

    dataset: int | None = None
    search: str = ""
    label: int | None = None
    state: str = ""
    assignee: str = ""
    origin: str = ""
    low: int | None = None
    high: int | None = None
    size: str = ""
    since: date | None = None
    until: date | None = None
    copies: str = ""
    split: str = ""
    work: str = ""
    flag: str = ""
    attribute: str = ""
    tag: str = ""
    order: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> GalleryFilter:
        label = _whole(given.get("class"))
        assignee = given.get("assignee", "")
        return cls(
            dataset=_whole(given.get("dataset")),
            search=given.get("search", "").replace("\0", "").strip()[:LONGEST_SEARCH],  # PostgreSQL takes no NUL
            label=label,
            state=_one_of(given.get("state"), STATES) or ("boxes" if label else ""),
            assignee=assignee if assignee in (MINE, NOBODY) or _whole(assignee) is not None else "",
            origin=_one_of(given.get("origin"), Origin.values),
            low=_whole(given.get("min"), 100),
            high=_whole(given.get("max"), 100),
            size=_one_of(given.get("size"), SIZES),
            since=_day(given.get("since")),
            until=_day(given.get("until")),
            copies=_one_of(WORDS_OF_OLD.get(given.get("copies", ""), given.get("copies")), (EXACT, NEAR)),
            split=_one_of(given.get("split"), SPLITS),
            work=_one_of(given.get("work"), WORK),
            flag=_one_of(given.get("flag"), NAMES),
            attribute=str(AttributeFilter.parse(given.get("attribute", ""), given.get("value", "")) or ""),
            tag=clean_tag(given.get("tag", "")),
            order=_one_of(given.get("order"), ORDERS),
        )

    @property
    def more(self) -> int:
        """How many of the filters that are not always in sight are set."""
        scores = self.low is not None or self.high is not None
        days = self.since is not None or self.until is not None
        shown = (
            self.assignee,
            self.origin,
            scores,
            self.size,
            days,
            self.copies,
            self.split,
            self.work,
            self.flag,
            self.attribute,
            self.tag,
        )
        return sum(map(bool, shown))

    @property
    def tells(self) -> bool:
        """Whether it would tell what labels an image has."""
        scores = self.low is not None or self.high is not None
        return bool(self.label or self.state or self.origin or scores or self.flag or self.attribute or self.tag)

    @property
    def narrows(self) -> bool:
        return bool(self.search or self.label or self.state or self.more)

    def query(self) -> str:
        """The same as an address says it, in one order, so that equal wishes have equal words."""
        days = {name: day.isoformat() for name, day in (("since", self.since), ("until", self.until)) if day}
        parts = {
            "dataset": self.dataset, "search": self.search, "class": self.label, "state": self.state,
            "assignee": self.assignee, "origin": self.origin, "min": self.low, "max": self.high, "size": self.size,
            **days, "copies": self.copies, "split": self.split, "work": self.work, "flag": self.flag,
            "attribute": self.attribute, "tag": self.tag, "order": self.order,
        }  # fmt: skip
        return urlencode({name: value for name, value in parts.items() if value not in (None, "")})


def narrowed(project: Project, wanted: GalleryFilter, user: User) -> QuerySet[Image]:
    """The images of `project` that are wanted, in the order that is wanted."""
    rows = Image.objects.filter(project=project)
    if wanted.tells:
        rows = rows.exclude(pk__in=hidden_images(user, project))
    if wanted.dataset is not None:
        rows = rows.filter(dataset=wanted.dataset)
    if wanted.search:
        rows = rows.filter(name__icontains=wanted.search)
    if wanted.state:
        rows = rows.filter(_in_state(wanted))
    if wanted.assignee:
        rows = rows.filter(_assigned(project, wanted.assignee, user))
    if wanted.origin:
        boxes = Box.objects.filter(image=OuterRef("pk"), origin=wanted.origin, **_of_class(wanted))
        rows = rows.filter(Exists(boxes))
    if wanted.flag:
        flagged = with_flag(Box.objects.filter(image=OuterRef("pk"), **_of_class(wanted)), wanted.flag)
        rows = rows.filter(Exists(flagged))
    if said := AttributeFilter.parse(wanted.attribute):
        classes = project.classes.filter(pk=wanted.label) if wanted.label else project.classes.all()
        rows = rows.filter(Exists(boxes_saying(Box.objects.filter(image=OuterRef("pk")), classes, said)))
    if wanted.tag:
        tagged = ImageTag.objects.filter(tag__project=project, tag__name=wanted.tag)
        rows = rows.filter(pk__in=tagged.values("image"))
    if wanted.low is not None or wanted.high is not None:
        rows = rows.filter(Exists(_scored(wanted)))
    if wanted.size:
        least, under = SIZES[wanted.size]
        rows = rows.alias(pixels=F("width") * F("height")).filter(pixels__gte=least)
        rows = rows.filter(pixels__lt=under) if under else rows
    if wanted.split:
        rows = rows.filter(split="" if wanted.split == UNSPLIT else wanted.split)
    if wanted.work:
        rows = rows.filter(work=None) if wanted.work == NO_JOB else rows.filter(work__state=wanted.work)
    if wanted.since:
        rows = rows.filter(created_at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(created_at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.copies:
        key = KEYS[wanted.copies]
        grouped = {"project": project, "group__isnull": False}  # few, and an index of their own
        others = Image.objects.filter(**grouped, **{key: OuterRef(key)}).exclude(pk=OuterRef("pk"))
        rows = rows.filter(Exists(others), **grouped)
        return rows.order_by("group", *([key] if key != "group" else []), *ORDERS[wanted.order])  # side by side
    if wanted.search and wanted.order in ("", "newest"):
        # Not by the id itself, whose index would look up every row for its name: the index of names holds both, and
        # sorts few.
        by_id = F("id") + 0
        return rows.order_by(by_id.desc() if wanted.order else by_id.asc())
    return rows.order_by(*ORDERS[wanted.order])


def _in_state(wanted: GalleryFilter) -> Q:
    """The state asks of the chosen class, or of any class where none is chosen."""
    if wanted.state == "suggestions":
        return Q(Exists(_waiting(wanted)))
    found: QuerySet[Any] = Complete.objects.filter(**_of_class(wanted))
    if wanted.state in ("boxes", "empty"):
        found = Box.objects.filter(**_of_class(wanted))
        if wanted.flag != IGNORED:  # who asks for regions finds images that hold nothing else
            found = found.filter(OBJECTS)
    if wanted.state in ("empty", "open"):
        return ~Q(Exists(found.filter(image=OuterRef("pk"))))
    # One class's images are read off its index at once; any class's are looked up image by image.
    return Q(pk__in=found.values("image")) if wanted.label else Q(Exists(found.filter(image=OuterRef("pk"))))


def _of_class(wanted: GalleryFilter) -> dict[str, int]:
    return {"label": wanted.label} if wanted.label else {}


def _waiting(wanted: GalleryFilter) -> QuerySet[Suggestion]:
    """Of the outer image, each of which the index answers by itself."""
    return Suggestion.objects.filter(image=OuterRef("pk"), state=Suggestion.State.PENDING, **_of_class(wanted))


def _assigned(project: Project, assignee: str, user: User) -> Q:
    """Who has left the project has no images there any more: they count as nobody's."""
    if assignee == NOBODY:
        members = Membership.objects.filter(project=project).values("user")
        return Q(assignee=None) | ~Q(assignee__in=members)
    return Q(assignee=user.pk if assignee == MINE else int(assignee))


def _scored(wanted: GalleryFilter) -> QuerySet[Suggestion]:
    rows = _waiting(wanted)
    if wanted.low is not None:
        rows = rows.filter(probability__gte=wanted.low / 100)
    if wanted.high is not None:
        rows = rows.filter(probability__lte=wanted.high / 100)
    return rows


def may_work(project: Project) -> QuerySet[User]:
    """The members who may be given images: all but those who only look on, or whose account is switched off."""
    able = project.memberships.exclude(role=Role.VIEWER)
    return User.objects.filter(memberships__in=able, is_active=True).order_by("name", "email")


def _whole(text: str | None, most: int = BIGGEST_ID) -> int | None:
    if not text or not text.isascii() or not text.isdecimal() or len(text) > 19:
        return None
    return int(text) if int(text) <= most else None


def _one_of(text: str | None, known: object) -> str:
    return text if text and text in known else ""  # type: ignore[operator]


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
