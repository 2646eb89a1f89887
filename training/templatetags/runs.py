"""Filters of the pages of runs."""

from django import template

register = template.Library()


@register.filter
def source_of(pk: int) -> str:
    """The value of a trained model in the detector choice (training.runs.forms.DetectForm)."""
    return f"model:{pk}"
