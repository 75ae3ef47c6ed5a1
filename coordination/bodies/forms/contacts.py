"""What is typed about how a body is reached."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import EditForm, MomentField, SpanForm

from ..models import ContactChannel


class ChannelForm(EditForm):
    class Meta:
        model = ContactChannel
        fields = ("kind", "address", "hours", "started_on")
        help_texts = {
            "hours": _("When somebody answers there."),
            "started_on": _("Leave it empty where it was always so."),
        }


class ChannelSpanForm(SpanForm):
    class Meta:
        model = ContactChannel
        fields = ("hours", "started_on", "ended_on")


class ChannelTestForm(SubmissionForm):
    """Whether anybody answered; an answer is always somebody's choice, so none is proposed."""

    worked = forms.TypedChoiceField(
        label=_("Did anybody answer?"),
        choices=[("", _("Choose an answer")), ("yes", _("yes, it works")), ("no", _("no"))],
        coerce=lambda said: said == "yes",
        error_messages={"required": _("Say whether anybody answered.")},
    )
    remark = forms.CharField(label=_("Remark"), max_length=200, required=False)
    tested_at = MomentField(
        label=_("When"),
        required=False,
        help_text=_("In your own time zone; now, where it is left empty."),
    )


class OrderForm(SubmissionForm):
    """The order of the channels as their keys: what it is to be, and what it was when shown."""

    order = forms.CharField(max_length=4000)
    seen = forms.CharField(max_length=4000)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("order", "seen"):
            keys = data.get(name, "").split(",")
            if all(key.isdecimal() and len(key) < 18 for key in keys):
                data[name] = [int(key) for key in keys]
            else:
                self.add_error(None, _("The order was spoilt on its way: order them again."))
        return data
