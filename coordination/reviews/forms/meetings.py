"""Planning one meeting, moving it, and calling it off."""

from datetime import time
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm
from coordination.bodies.models import Body
from coordination.processes.edit_forms import EditForm
from coordination.processes.tables import State

from ..models import Review
from ..occurrences import Meeting


class MeetingForm(EditForm):
    """When and where one meeting is; of one that is planned, or of a new one."""

    clock = forms.TimeField(
        label=_("Time"),
        help_text=_("On the clocks of the process."),
        initial=time(10),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    video_link = forms.URLField(
        label=_("Video link"), max_length=300, required=False, assume_scheme="https"
    )

    bounds: ClassVar = {"lasts_minutes": (5, 1440)}

    class Meta:
        model = Review
        fields = ("held_on", "clock", "lasts_minutes", "place", "video_link")

    def __init__(self, data: Any = None, *, body: Body, **kwargs: Any) -> None:
        super().__init__(data, process=body.process, **kwargs)
        self.fields["held_on"].widget.attrs["min"] = body.process.today().isoformat()


class MoveForm(MeetingForm):
    """Another day, time, length, place or link for a meeting; everybody invited is told."""

    why = forms.CharField(
        label=_("Why"),
        help_text=_("For the record; it may stay empty."),
        max_length=300,
        required=False,
    )

    def __init__(self, data: Any = None, *, meeting: Meeting, **kwargs: Any) -> None:
        if isinstance(meeting, Review):
            kwargs["thing"] = meeting
        else:
            kwargs["initial"] = _shown(meeting)
        super().__init__(data, body=meeting.body, **kwargs)
        self.fields["held_on"].widget.attrs.pop("min")

    def state_of(self, thing: Any) -> State:
        return _shown(thing)


def _shown(meeting: Meeting) -> State:
    zone = meeting.body.process.zone
    return {
        "held_on": meeting.held_on,
        "clock": meeting.starts_at.astimezone(zone).time().replace(second=0, microsecond=0),
        "lasts_minutes": meeting.lasts_minutes,
        "place": meeting.place,
        "video_link": meeting.video_link,
    }


class CancelForm(SubmissionForm):
    """Why a meeting is called off; who was invited reads it."""

    because = forms.CharField(
        label=_("Why it is called off"),
        max_length=300,
        error_messages={"required": _("Say why: those who were invited ask.")},
    )
