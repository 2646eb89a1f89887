"""The form that gives many boxes another class, or makes one class of two."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.bulk_edits.choice import Choice
from annotations.models import BulkEdit
from projects.models import Project

KINDS = [BulkEdit.Kind.RELABEL, BulkEdit.Kind.MERGE]


class BulkEditForm(forms.Form):
    """images, filter: which boxes of the class, as the gallery or the list of boxes says it; of a merge none."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in KINDS], widget=forms.HiddenInput)
    images = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    filter = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    keep_one = forms.BooleanField(label=_("Of two boxes that lie on one another keep one"), required=False)

    def __init__(self, project: Project, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        for name, label in (("class", _("Boxes of")), ("to", _("become"))):
            self.fields[name] = forms.ModelChoiceField(project.classes.all(), label=label, empty_label=_("Choose…"))

    def choice(self) -> Choice:
        given: dict[str, Any] = self.cleaned_data
        whole = given["kind"] == BulkEdit.Kind.MERGE
        narrowed = {} if whole else {name: given[name] for name in ("images", "filter")}
        return Choice(given["kind"], given["class"].pk, given["to"].pk, keep_one=given["keep_one"], **narrowed)
