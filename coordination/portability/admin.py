from django.contrib import admin

from coordination.base.admin import ReadOnlyAdmin

from .models import ProcessFile


@admin.register(ProcessFile)
class ProcessFileAdmin(ReadOnlyAdmin):
    list_display = ("process", "sha256", "loaded_at", "rebased_days")
    list_select_related = ("process",)
    search_fields = ("process__name", "process__short_name", "sha256")
    fields = ("process", "sha256", "loaded_at", "rebased_days")
