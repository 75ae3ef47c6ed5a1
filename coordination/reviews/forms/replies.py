"""What somebody who is invited answers."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.base.forms import SubmissionForm

from ..models import Reply


class ReplyForm(SubmissionForm):
    """Whether somebody comes; `stands_in` names the alternate who may come instead."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=Reply.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    words = forms.CharField(label=_("In words"), max_length=200, required=False)

    def __init__(
        self, data: Any = None, *, stands_in: str = "", reply: Reply | None = None, **kwargs: Any
    ) -> None:
        if reply is not None:
            kwargs["initial"] = {"answer": reply.answer, "words": reply.words}
        super().__init__(data, prefix="reply", **kwargs)
        labels: dict[str, Any] = {one.value: capfirst(one.label) for one in Reply.Answer}
        if stands_in:
            words = _("%(name)s comes as the alternate") % {"name": stands_in}
            labels[Reply.Answer.ALTERNATE] = words
        else:
            del labels[Reply.Answer.ALTERNATE]
        field = self.fields["answer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(labels.items())
