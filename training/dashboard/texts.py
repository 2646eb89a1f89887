"""The next step in the reader's words: an icon, what and why, and where its one button leads."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Project
from training.dashboard.next_step import Kind, Step
from training.protocol.limits import MIN_SHOTS


@dataclass(frozen=True, slots=True)
class Notice:
    """post: the button does it at once. other: a quieter way to the same, as words and address."""

    icon: str
    title: str
    text: str
    button: str
    url: str
    post: dict[str, int] | None = None
    other: tuple[str, str] | None = None


def tell(step: Step, project: Project) -> Notice:
    def to(name: str, query: str = "") -> str:
        return reverse(name, args=[project.pk]) + query

    n, amount = step.n, f"{step.n:,}"
    match step.kind:
        case Kind.WORK:
            title = ngettext("%(n)s image of your jobs waits", "%(n)s images of your jobs wait", n) % {"n": amount}
            text = _("Go on where you were; what was returned comes first.")
            return Notice("clipboard-list", title, text, _("Continue"), to("work-next"), post={})
        case Kind.CHECK:
            title = ngettext("%(n)s submitted image waits", "%(n)s submitted images wait", n) % {"n": amount}
            text = _("Accept each as final, or return it with a comment.")
            return Notice("list-checks", title, text, _("Review"), to("work-review"))
        case Kind.UPLOAD:
            text = _("Drop many files at once, or a zip. Everything else builds on them.")
            return Notice("upload", _("Add your images"), text, _("Add images"), to("images", "#upload"))
        case Kind.CLASS:
            text = _("A class is a kind of thing you want to find, such as “raccoon”.")
            return Notice("tag", _("Name your first class"), text, _("Add a class"), to("project-settings", "#classes"))
        case Kind.REVIEW:
            title = ngettext("%(n)s suggestion waits for you", "%(n)s suggestions wait for you", n) % {"n": amount}
            text = _("Every yes and no makes the next run better.")
            return Notice("list-checks", title, text, _("Review suggestions"), to("review"))
        case Kind.WATCH:
            text = _("Suggestions come when it is done. You can go on drawing meanwhile.")
            url = reverse("run", args=[n])
            return Notice("sparkles", _("LabelHub is looking for more"), text, _("Watch the run"), url)
        case Kind.DRAW:
            assert step.label is not None
            title = ngettext("Draw %(n)d more box of “%(name)s”", "Draw %(n)d more boxes of “%(name)s”", n)
            text = _("With %(n)d boxes in different images LabelHub can look for the rest; more make it surer.") % {
                "n": MIN_SHOTS
            }
            title %= {"n": n, "name": step.label.name}
            return Notice(
                "square-dashed-mouse-pointer", title, text, _("Draw boxes"), to("next-image", f"?class={step.label.pk}")
            )
        case Kind.RUN:
            assert step.label is not None
            again = step.label.learned_from is not None
            title = (
                _("Let LabelHub look again for “%(name)s”") if again else _("Let LabelHub find the rest of “%(name)s”")
            )
            boxes = {"n": f"{step.label.boxes:,}", "old": f"{step.label.learned_from or 0:,}"}
            text = (
                _("It has learned from %(old)s boxes; there are %(n)s now.") % boxes
                if again
                else _("It learns from the %(n)s boxes drawn so far. Nothing is kept without your yes.") % boxes
            )
            other = (_("Choose how"), to("run-new", f"?class={step.label.pk}"))
            return Notice(
                "sparkles",
                title % {"name": step.label.name},
                text,
                _("Find the rest"),
                to("autolabel-now"),
                post={"class": step.label.pk},
                other=other,
            )
        case Kind.COMPLETE:
            title = ngettext(
                "Say of %(n)s image whether it is complete", "Say of %(n)s images whether they are complete", n
            )
            text = _("In a complete image every object has its box. Then the rest of it teaches what is not one.")
            other = (_("Export what is there"), to("export"))
            url = to("images", "?state=boxes")
            return Notice("circle-check", title % {"n": amount}, text, _("Look through them"), url, other=other)
        case Kind.FILL_IN:
            title = ngettext("%(n)s image has no labels yet", "%(n)s images have no labels yet", n) % {"n": amount}
            text = _("Draw what was missed, or say that the image is complete as it is.")
            other = (_("Export what is there"), to("export"))
            return Notice("image", title, text, _("Fill in by hand"), to("next-image"), other=other)
        case Kind.EXPORT:
            text = _("As COCO or YOLO, with or without the images.")
            return Notice("download", _("Your labels are ready to use"), text, _("Export"), to("export"))


def milestone(kind: Kind) -> str:
    words = {
        Kind.UPLOAD: _("Add images"),
        Kind.CLASS: _("Name a class"),
        Kind.DRAW: _("Draw %(n)d boxes") % {"n": MIN_SHOTS},
        Kind.RUN: _("Find the rest"),
        Kind.REVIEW: _("Say yes or no"),
        Kind.EXPORT: _("Export"),
    }
    return words[kind]
