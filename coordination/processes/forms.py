"""What coordinators type about the parties and the anchor events of a process."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from .edit_forms import EditForm, SpanForm
from .models import Affiliation, AnchorEvent, Party


class PartyForm(EditForm):
    class Meta:
        model = Party
        fields = ("code", "name", "kind", "part", "signatory", "joined_on", "left_on")
        help_texts = {"left_on": _("The last day on which it took part.")}


class AffiliationForm(EditForm):
    class Meta:
        model = Affiliation
        fields = ("kind", "other", "started_on", "source")
        help_texts = {
            "started_on": _("Leave it empty where it was always so."),
            "source": _("Article or document that says so."),
        }


class AffiliationSpanForm(SpanForm):
    class Meta:
        model = Affiliation
        fields = ("started_on", "ended_on", "source")


class AnchorForm(EditForm):
    class Meta:
        model = AnchorEvent
        fields = ("key", "name", "is_day_zero")
        help_texts = {"key": _("Small letters and hyphens; part of its page’s address.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.thing is not None:
            del self.fields["key"]
