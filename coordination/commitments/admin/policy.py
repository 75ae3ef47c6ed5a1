from django.contrib import admin

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin

from ..actions.policies import FIELDS
from ..models import ReminderPolicy


@admin.register(ReminderPolicy)
class ReminderPolicyAdmin(ReadOnlyAdmin):
    """Set on the pages of the reminders, where it can be tried before it is saved."""

    list_display = ("process", "body", "before_due", "after_due", "then_every_days", "urgent")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process", "body")
    search_fields = ("process__short_name", "body__code", "body__name")
    fields = ("process", "body", *FIELDS)
