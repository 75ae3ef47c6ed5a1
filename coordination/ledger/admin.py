from django.contrib import admin

from coordination.base.admin import RELATED_ONLY, ReadOnlyAdmin

from .models import Chain, Checkpoint, Entry


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("sequence", "at", "process", "actor_name", "verb", "summary", "origin")
    list_display_links = ("sequence", "summary")
    list_filter = (("process", RELATED_ONLY), "origin", "object_type")
    list_select_related = ("process", "actor")
    search_fields = ("summary", "object_label", "actor_name", "verb")
    date_hierarchy = "at"
    fieldsets = (
        (None, {"fields": ("process", "sequence", "at", "actor", "actor_name", "origin")}),
        ("What", {"fields": ("verb", "object_type", "object_id", "object_label", "summary")}),
        ("State", {"fields": ("before", "after")}),
        ("Proof", {"fields": ("content_hash", "previous_hash", "hash")}),
    )


@admin.register(Chain)
class ChainAdmin(ReadOnlyAdmin):
    list_display = ("process", "count", "head")
    list_select_related = ("process",)
    search_fields = ("process__name", "head")
    fields = ("process", "count", "head")
    ordering = ("pk",)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("process", "number", "at", "count", "head", "key")
    list_display_links = ("process", "number")
    list_filter = (("process", RELATED_ONLY),)
    list_select_related = ("process", "key")
    search_fields = ("process__name", "head")
    fields = ("process", "number", "at", "count", "head", "key", "statement", "signature")
    ordering = ("-pk",)
