"""The mutants that change nothing anybody could see, each with the reason.

A page first fetches its process by what the reader may see; whatever belongs to every member of it
is fetched by the same rule all the same, so that the rule stands wherever a row is fetched.
"""

#: Where, in which function and what.
Key = tuple[str, str, str]

_BEHIND_THE_PROCESS = "all rows of a process that the reader was let into are open to them"
_BEHIND_THE_COORDINATOR = "only a coordinator comes here, to whom all rows of the process are open"
_ASKED_AGAIN = "the line that follows asks for the reader's own membership"
_SEEN_WITH_THE_PIECE = "a piece of evidence is only shown to who may see the finding it rests on"
_SEEN_WITH_THE_ENTRY = "an entry of the ledger is only shown to who may read what it is about"
_RELEASED_TO_MEMBERS = "what is released is open to all members, and only they are written to"
_SEEN_ROWS = "it is asked of rows alone that the reader may see"
_OWN = "it is filtered by the reader's own"

_SLICES: dict[str, dict[str, tuple[str, ...]]] = {
    _BEHIND_THE_PROCESS: {
        "agreements/views": (
            "index: Agreement.objects",
            "_get_agreement: Agreement.objects",
            "_get_provision: Provision.objects",
        ),
        "audiences/views": ("_forms: Party.objects",),
        "bodies/views/contacts": ("contacts: Body.objects",),
        "bodies/views/pages": ("index: Body.objects", "get_body: Body.objects"),
        "bodies/views/responsibilities": ("_get: Responsibility.objects",),
        "bodies/views/seats": ("seat: Seat.objects", "vacancies: Seat.objects"),
        "commitments/breach_queries": ("breach_section: Breach.objects",),
        "commitments/forms/evidence": ("EvidenceForm.__init__: Obligation.objects",),
        "commitments/record": ("lines: BreachStep.objects",),
        "commitments/views/breaches": ("new: Obligation.objects", "_get: Breach.objects"),
        "commitments/views/dates": (
            "extension_withdraw: Extension.every",
            "_get_reading: every",
            "expected_call_off: ExpectedOccurrence.objects",
        ),
        "commitments/views/dependencies": ("dependency_withdraw: Dependency.every",),
        "commitments/views/detail": ("_whole: Commitment.objects", "detail: Commitment.objects"),
        "commitments/views/entering": (
            "get_commitment_to_keep: rows",
            "_beginning: Provision.objects",
        ),
        "commitments/views/fetching": ("get_commitment: Commitment.objects",),
        "commitments/views/flags": ("flags_of: Flag.objects", "flag_lift: Flag.objects"),
        "commitments/views/measures": (
            "figures_of: Bound.objects",
            "measurement_new: Bound.objects",
            "measurement_withdraw: Measurement.every",
        ),
        "commitments/views/pages": ("register: Commitment.objects",),
        "commitments/views/reporting": ("get_obligation: Obligation.objects",),
        "commitments/views/triggers": (
            "_events: TriggerEvent.objects",
            "triggers: Trigger.objects",
            "_commitments: Commitment.objects",
        ),
        "insights/ledger_views": (
            "ledger: Checkpoint.objects",
            "checkpoints: Checkpoint.objects",
            "checkpoint: Checkpoint.objects",
        ),
        "insights/people": ("people: Membership.objects",),
        "insights/overview/rows": ("rows_now: Commitment.objects",),
        "insights/overview/drawn": ("_today: Commitment.objects",),
        "insights/overview/seen": ("overview: Review.objects",),
        "insights/overview/alerts": ("missed_check_ins: Occurrence.objects",),
        "processes/views": (
            "parties: Party.objects",
            "_get_party: Party.objects",
            "anchors: AnchorEvent.objects",
        ),
        "reminders/policy_views": (
            "index: ReminderPolicy.objects",
            "index: Body.objects",
            "of_commitment: Commitment.objects",
        ),
        "reviews/views": ("index: Review.objects", "_get_review: Review.objects"),
    },
    _BEHIND_THE_COORDINATOR: {
        "bodies/views/editing": ("get_body_to_keep: Body.objects",),
        "commitments/views/triggers": (
            "_get_trigger: Trigger.objects",
            "event_withdraw: TriggerEvent.every",
        ),
        "insights/leaving": ("left_behind: Nomination.objects",),
        "insights/people": (
            "_invitations: Invitation.objects",  # the page shows them to nobody else
            "_get_member: Membership.objects",
        ),
        "processes/people_views": ("_answered: Invitation.objects", "member: Membership.objects"),
        "reminders/delivery_log": ("Log.own: Message.objects", "Log.reminders: Reminder.objects"),
        "reminders/policy_views": ("_that_follow: Commitment.objects",),
        "reminders/queries": ("to_ask: Obligation.objects", "nobody_to_ask: Occurrence.objects"),
    },
    _RELEASED_TO_MEMBERS: {
        "reminders/check_in_mail": (
            "_last_finding: Verification.objects",
            "_with_finding: Verification.objects",
        ),
        "reminders/news": ("_findings: Verification.objects",),
    },
    _SEEN_WITH_THE_PIECE: {
        "commitments/api/evidence": ("EvidenceViewSet.get_queryset: Verification.objects",),
        "commitments/views/evidence": ("detail: Verification.objects",),
    },
    _SEEN_WITH_THE_ENTRY: {
        "commitments/views/verifying": ("_page: Entry.objects",),
        "insights/minutes": (
            "_addresses: model._default_manager",
            "_names: model._default_manager",  # which belong to its process
        ),
    },
    _SEEN_ROWS: {"processes/api_days": ("Days.__init__: Process.objects",)},
    _ASKED_AGAIN: {"processes/queries": ("get_process: Process.objects",)},
    _OWN: {
        "commitments/breach_access": ("may_allege_for: Party.objects",),
        "commitments/views/reporting": ("_draft: CheckInDraft.objects",),
        "insights/queries": ("successors_to_name: Seat.objects",),
    },
}

#: Those that leave out something else, and those whose reason is their own.
_OTHERS: dict[Key, str] = {
    (
        "coordination/bodies/views/seats.py",
        "seat",
        "does not ask may_keep",
    ): "it spares a query: only forms for who keeps the body list the people",
}

EQUIVALENT: dict[Key, str] = _OTHERS | {
    (f"coordination/{path}.py", *_split): reason
    for reason, paths in _SLICES.items()
    for path, ones in paths.items()
    for one in ones
    for _split in [tuple(f"{one} without visible_to".split(": ", 1))]
}
