"""What is typed about an implementation report."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.bodies.models import Body
from coordination.processes.edit_forms import EditForm

from ..models import Report, ReportSection
from ..reports import languages


class ReportForm(EditForm):
    """What a report is about; `issuers` are the bodies in whose name its writer may write."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=languages.choices,
        help_text=_("What is drafted is in English where the product does not speak it."),
    )

    class Meta:
        model = Report
        fields = (
            *("title", "reference", "issued_by", "body", "period_from", "period_until"),
            "language",
        )
        labels = {"body": _("About the commitments of")}
        help_texts = {
            "reference": _("As it is cited; its number stands for it where this is empty."),
        }
        error_messages = {
            "title": {"required": _("Give it a title.")},
            "issued_by": {"required": _("Choose the body that issues it.")},
            "period_from": {"required": _("Say when the period begins.")},
            "period_until": {"required": _("Say when the period ends.")},
        }

    def __init__(self, data: Any = None, *, issuers: list[Body], **kwargs: Any) -> None:
        self.issuers = issuers
        super().__init__(data, **kwargs)

    def limit(self, name: str, field: Any) -> None:
        super().limit(name, field)
        if name == "issued_by":
            field.queryset = field.queryset.filter(pk__in=[body.pk for body in self.issuers])
        if name == "body":
            field.empty_label = _("the whole process")


class SectionForm(EditForm):
    """The words of one section."""

    class Meta:
        model = ReportSection
        fields = ("text",)
        help_texts = {
            "text": _(
                "An empty line parts paragraphs; a line that begins with “- ” is one of a list."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 22


class DraftAnewForm(SubmissionForm):
    """That the data are to say again what a section says."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    although_edited = forms.BooleanField(
        label=_("Replace what people have written; it stays in the ledger"), required=False
    )

    def __init__(self, *args: Any, section: ReportSection, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = section.version
        if section.edited_at is None:
            del self.fields["although_edited"]
