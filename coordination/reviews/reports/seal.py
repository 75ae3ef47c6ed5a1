"""What a report says of its approval."""

from django.utils import translation
from django.utils.translation import gettext as _

from ..models import Report
from .drafts import in_words
from .languages import installed


def approval_words(report: Report) -> str:
    """By whom and when it was approved, in its language; nothing while it is a draft."""
    if report.approved_at is None:
        return ""
    day = report.process.today(report.approved_at)
    with translation.override(installed(report.language)):
        return _("Approved by %(name)s on %(day)s") % {
            "name": report.approved_by.name if report.approved_by else "",
            "day": in_words(day.isoformat()),
        }
