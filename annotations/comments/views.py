"""The page of a project's comments over all images, where they are resolved."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.comments import actions, mentions, queries
from annotations.comments.actions import as_member
from annotations.comments.queries import CommentFilter
from annotations.models import Comment
from projects.web.actor import actor_of
from projects.web.page import open_project, page_of, verb

PER_PAGE = 30


@login_required
@require_safe
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    project, context = open_project(request, pk, "comments")
    wanted = CommentFilter.parse(request.GET)
    page = page_of(request, queries.of_project(actor_of(request), project, wanted), PER_PAGE)
    boxes = queries.boxes_of(list(page))
    context |= {
        "page": page,
        "rows": [{"comment": one, "box": boxes.get(one.box), "words": _words(one)} for one in page],
        "wanted": wanted,
        "query": wanted.query(),
        "states": [(queries.OPEN, _("Open")), (queries.RESOLVED, _("Resolved")), (queries.ALL, _("All"))],
        "authors": queries.authors_of(actor_of(request), project),
        "classes": project.classes.order_by("position", "id"),
    }
    return render(request, "annotations/comments.html", context)


def _words(comment: Comment) -> list[tuple[str, bool]]:
    return mentions.pieces(comment.text, [as_member(person) for person in comment.mentions.all()])


@verb("comments")
def comment_resolve(request: HttpRequest, pk: int, comment: int) -> HttpResponse:
    """Resolves it, or opens it again; back to the list as it was narrowed."""
    found = queries.get_comment(actor_of(request), comment)
    if found.image.project_id != pk:
        raise Http404
    actions.resolve(actor_of(request), found, resolved=request.POST.get("do") != "reopen")
    query = CommentFilter.parse(request.GET).query()
    return redirect(reverse("comments", args=[pk]) + (f"?{query}" if query else ""))
