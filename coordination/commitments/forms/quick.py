"""What is changed of one commitment in place: in its row of the register, or on its page."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from coordination.processes.edit_forms import EditForm
from coordination.processes.models import Process

from ..access import may_keep
from ..actions.bulk import FIELDS
from ..models import Commitment


class QuickForm(EditForm):
    """What can be changed of many commitments at once, of one."""

    #: Where one goes who changes nothing.
    without = ""

    class Meta:
        model = Commitment
        fields = FIELDS
        help_texts = dict.fromkeys(FIELDS, "")

    def limit(self, name: str, field: Any) -> None:
        super().limit(name, field)
        field.queryset = field.queryset.order_by("code")
        field.label_from_instance = lambda body: body.code

    def given(self) -> dict[str, Any]:
        said = super().given()
        return {"commitment": self.thing, "fields": {name: said[name] for name in FIELDS}}


def quick_form(request: HttpRequest, process: Process, commitment: Commitment) -> QuickForm | None:
    """The form of the commitment that `?edit=` names, to who keeps it."""
    if request.GET.get("edit") != str(commitment.number) or not may_keep(request.user, commitment):
        return None
    return QuickForm(process=process, thing=commitment, prefix="quick")


def quick_row(
    request: HttpRequest, process: Process, rows: Iterable[Commitment]
) -> QuickForm | None:
    """The same for the row of a table that `?edit=` names; `without` closes it again."""
    wanted = request.GET.get("edit")
    row = next((one for one in rows if wanted == str(one.number)), None)
    form = quick_form(request, process, row) if row else None
    if form is not None:
        said = request.GET.copy()
        del said["edit"]
        form.without = f"?{said.urlencode()}"
        for name in FIELDS:
            form.fields[name].widget.attrs["form"] = "quick"
    return form
