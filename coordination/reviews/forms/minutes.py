"""What is typed about minutes: their words, comments and answers, when comments end."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import local_moment
from coordination.base.errors import Overtaken, Refused
from coordination.base.forms import SubmissionForm
from coordination.processes.edit_forms import DayField

from ..models import Minutes, MinutesSection

#: How long comments are taken where nobody says otherwise, and until when on that day.
USUAL_DAYS, USUAL_TIME = 3, time(18)


def _resent(form: forms.Form, name: str, value: str) -> None:
    """Show a form that was refused as it was sent, but for one hidden field."""
    data: Any = form.data
    data = data.copy()
    data[form.add_prefix(name)] = value
    form.data = data


class WordsForm(SubmissionForm):
    """The words of a section, with the version of it that its writer saw."""

    text = forms.CharField(
        label=_("Text"),
        help_text=_("An empty line parts paragraphs. Outcomes are printed below it by themselves."),
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 16}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    overtaken = False

    def __init__(self, data: Any = None, *, section: MinutesSection) -> None:
        super().__init__(data, initial={"text": section.text, "version": section.version})
        self.section = section

    def refuse(self, refused: Refused) -> None:
        """What was typed stays; sent again it replaces what the other one wrote and is shown."""
        super().refuse(refused)
        if isinstance(refused, Overtaken):
            self.overtaken = True
            self.section.refresh_from_db()
            _resent(self, "version", str(self.section.version))


class CommentForm(SubmissionForm):
    """What a member says of a section."""

    comment = forms.CharField(
        label=_("What should be changed, and why?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write what should be changed, and why.")},
    )


class AnswerForm(SubmissionForm):
    """Whether a comment was taken up."""

    YES, NO = "yes", "no"

    taken_up = forms.ChoiceField(
        label=_("Answer"),
        choices=[(YES, _("Taken up")), (NO, _("Not taken up"))],
        error_messages={"required": _("Choose whether it is taken up.")},
    )
    why = forms.CharField(
        label=_("Why"), help_text=_("What is not taken up is told why."), max_length=240,
        required=False,
    )  # fmt: skip
    overtaken = False

    def clean_taken_up(self) -> bool:
        return bool(self.cleaned_data["taken_up"] == self.YES)

    def refuse(self, refused: Refused) -> None:
        self.overtaken = isinstance(refused, Overtaken)
        super().refuse(refused)


class CirculateForm(SubmissionForm):
    """Until when comments are taken, on the clocks of the process."""

    sends = True

    on = DayField(label=_("Comments until"))
    clock = forms.TimeField(
        label=_("Time"),
        help_text=_("On the clocks of the process."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, data: Any = None, *, minutes: Minutes) -> None:
        self.zone = minutes.review.body.process.zone
        until = minutes.comments_until
        local = timezone.localtime(until, self.zone) if until else None
        day = timezone.localtime(timezone.now(), self.zone).date() + timedelta(days=USUAL_DAYS)
        first = {
            "on": local.date() if local else day,
            "clock": local.time().replace(second=0, microsecond=0) if local else USUAL_TIME,
        }
        super().__init__(data, initial=first)

    @property
    def until(self) -> datetime:
        return local_moment(self.cleaned_data["on"], self.cleaned_data["clock"], self.zone)


class ApproveForm(SubmissionForm):
    """A button, with the digest of what was read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    overtaken = False

    def refuse(self, refused: Refused) -> None:
        self.overtaken = isinstance(refused, Overtaken)
        super().refuse(refused)

    def approve_instead(self, seen: str) -> None:
        """What is read now is what the next press approves."""
        _resent(self, "seen", seen)


class CorrectForm(SubmissionForm):
    """What the next version corrects."""

    corrects = forms.CharField(
        label=_("What is corrected?"),
        help_text=_("What was wrong, and how it was. It stands at the top of the new version."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what is corrected: what was wrong, and how it was.")},
    )
