"""Which meetings a calendar programme is to fetch."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.bodies.models import Body


class BodyOfProcessField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.process.short_name}, {obj.name}"


class FeedForm(SubmissionForm):
    """Somebody's own meetings, or all those of one body."""

    body = BodyOfProcessField(
        queryset=Body.objects.none(),
        label=_("Which meetings"),
        empty_label=_("Mine: those of every body in which I sit"),
        required=False,
    )

    def __init__(self, data: Any = None, *, user: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["body"]
        assert isinstance(field, BodyOfProcessField)
        bodies = Body.objects.visible_to(user).select_related("process")
        field.queryset = bodies.order_by("process__short_name", "name")
