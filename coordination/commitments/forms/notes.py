"""What is typed to write a note for one's delegation."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.audiences.models import Audience
from coordination.base.forms import SubmissionForm

from ..models import Note


class NoteForm(SubmissionForm):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Note.Kind.choices,
        initial=Note.Kind.NOTE,
        error_messages={"required": _("Choose a position or an internal note.")},
    )
    audience = forms.ChoiceField(
        label=_("Read by"),
        choices=[
            (Audience.DELEGATION, _("your delegation alone")),
            (Audience.BODIES, Audience.BODIES.label),
            (Audience.PROCESS, Audience.PROCESS.label),
        ],
        initial=Audience.DELEGATION,
        help_text=_("You can share it later."),
        error_messages={"required": _("Choose who reads it.")},
    )
    text = forms.CharField(
        label=_("Note"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={
            "required": _("Write the note."),
            "max_length": _("Write at most %(limit_value)d characters."),
        },
    )
