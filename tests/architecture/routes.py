"""Every route that the product answers, and who may use it. A new route is declared here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

PEOPLE = (
    "anonymous",
    "outsider",  # coordinator of another process
    "administrator",  # staff and superuser, and a member of nothing
    "observer",
    "alice",  # focal point
    "bob",  # chair of the body that leads
    "carol",  # monitor
    "dave",  # delegate of another party
    "coordinator",
    # Observers, but for the seat that they hold in the body that leads:
    "secretary",
    "alternate",  # of its co-chair
    "seated",  # a member of the body
)

#: Those whom only their seat makes different from an observer.
SEATED = ("secretary", "alternate", "seated")

OPENS, SIGN_IN, HIDDEN, FORBIDDEN, NO_METHOD = "opens", "sign in", "404", "403", "405"

Access = dict[str, str]

PUBLIC: Access = dict.fromkeys(PEOPLE, OPENS)
SIGNED_IN: Access = PUBLIC | {"anonymous": SIGN_IN}
MEMBERS: Access = SIGNED_IN | {"outsider": HIDDEN, "administrator": HIDDEN}
NOBODY: Access = dict.fromkeys(PEOPLE, HIDDEN) | {"anonymous": SIGN_IN}


def only(*members: str) -> Access:
    """Members see that it is there; these alone may use it."""
    others = dict.fromkeys(PEOPLE[3:], FORBIDDEN)
    return MEMBERS | others | dict.fromkeys(members, OPENS)


#: Whoever runs the body that leads, from whatever seat.
RUN_IT = ("bob", "secretary", "alternate")
REPORTERS = only("alice", "coordinator")
RUNNERS = only(*RUN_IT, "coordinator")
VERIFIERS = only("carol", "coordinator")
#: Who reports, verifies or keeps; and who acts for a party besides.
MEASURERS = only("alice", "carol", "coordinator")
INVOLVED = only("alice", *RUN_IT, "carol", "coordinator")
SPEAKERS = only("alice", *RUN_IT, "seated", "carol", "dave", "coordinator")


def read_by(*members: str) -> Access:
    """To all others, members too, it is as if it did not exist."""
    return NOBODY | dict.fromkeys(members, OPENS)


#: Who sits in the body that leads, and delegations that have a seat in it.
IN_BODY = only(*RUN_IT, "seated")
#: The delegation of alice has a seat there as well.
RAISERS = only("alice", *RUN_IT, "seated", "coordinator")
CONCERNED = read_by("alice", *RUN_IT, "seated", "carol", "coordinator")
NOWHERE: Access = dict.fromkeys(PEOPLE, HIDDEN)
WITH_SECOND_STEP: Access = dict.fromkeys(PEOPLE, FORBIDDEN) | {
    "anonymous": SIGN_IN,
    "coordinator": OPENS,
}


#: Pages of the site, of no process.
STAFF: Access = dict.fromkeys(PEOPLE, FORBIDDEN) | {
    "anonymous": SIGN_IN,
    "administrator": OPENS,
}


@dataclass(frozen=True)
class Route:
    """Names of the world's things that stand in the address, and the access by method.

    HEAD goes with GET. `csrf_exempt` routes take a form from somewhere else, for a stated reason.
    """

    args: tuple[str, ...] = ()
    methods: dict[str, Access] = field(default_factory=dict)
    csrf_exempt: bool = False


def get(access: Access, *args: str) -> Route:
    return Route(args, {"GET": access})


def post(access: Access, *args: str) -> Route:
    return Route(args, {"POST": access})


def keep(*args: str) -> Route:
    """A page on which coordinators keep the record."""
    return Route(args, {"GET": only("coordinator"), "POST": only("coordinator")})


ROUTES: dict[str, Route] = {
    **dict.fromkeys(
        ("account_login", "account_logout", "account_reset_password", "mfa_authenticate"),
        Route((), {"GET": PUBLIC, "POST": PUBLIC}),
    ),
    **dict.fromkeys(
        (
            *("account_signup", "account_inactive", "account_reset_password_done"),
            "socialaccount_login_cancelled",
        ),
        get(PUBLIC),
    ),
    "mfa_login_webauthn": post(PUBLIC),
    # The link of a mail, and a provider that is not set; tests/accounts has those that are.
    "account_reset_password_from_key": Route(("uid", "reset"), {"GET": NOWHERE, "POST": NOWHERE}),
    "openid_connect_login": Route(("provider",), {"GET": NOWHERE, "POST": NOWHERE}),
    "openid_connect_callback": get(NOWHERE, "provider"),
    **dict.fromkeys(
        (
            *("account_change_password", "account_set_password"),
            *("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"),
            "usersessions_list",
        ),
        Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    ),
    "mfa_index": get(SIGNED_IN),
    "mfa_list_webauthn": get(SIGNED_IN),
    # Nobody here has a password; the coordinator has an app, a passkey and recovery codes.
    **dict.fromkeys(
        ("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        Route((), {"GET": WITH_SECOND_STEP, "POST": WITH_SECOND_STEP}),
    ),
    **dict.fromkeys(
        ("mfa_deactivate_totp", "mfa_view_recovery_codes"),
        Route((), {"GET": read_by("coordinator"), "POST": read_by("coordinator")}),
    ),
    **dict.fromkeys(
        ("mfa_edit_webauthn", "mfa_remove_webauthn"),
        Route(("passkey",), {"GET": read_by("coordinator"), "POST": read_by("coordinator")}),
    ),
    "profile": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    # Staff open a process; whoever makes accounts also loads one.
    **dict.fromkeys(
        ("process-new", "process-load"),
        Route((), {"GET": STAFF, "POST": STAFF}),
    ),
    "form-drafts": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "form-draft-discard": post(read_by("coordinator"), "form_draft"),  # of the coordinator's own
    "tokens": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "token-revoke": post(read_by("coordinator"), "api_token"),  # of the coordinator's own
    "health-live": get(PUBLIC),
    "health-ready": get(PUBLIC),
    # The link is the right to answer; there is no session for a form token to protect.
    "check-in": Route(("token",), {"GET": PUBLIC, "POST": PUBLIC}, csrf_exempt=True),
    "check-in-receipt": get(PUBLIC, "token"),
    "check-in-pass": Route(("token",), {"GET": PUBLIC, "POST": PUBLIC}, csrf_exempt=True),
    # Whatever the link is; what comes of it goes to the address that had it.
    "check-in-new-link": Route(("token",), {"POST": PUBLIC}, csrf_exempt=True),
    # A mail provider signs in with a secret of its own; where none is set there is nothing.
    "mail-events": Route((), {"GET": NOWHERE, "POST": NOWHERE}, csrf_exempt=True),
    "desk": get(SIGNED_IN),
    "desk-seen": post(SIGNED_IN),
    **dict.fromkeys(("search", "directory", "processes", "accessibility"), get(SIGNED_IN)),
    "display": post(SIGNED_IN),
    "process-directory": get(MEMBERS, "slug"),
    "overview": get(MEMBERS, "slug"),
    "ledger": get(MEMBERS, "slug"),
    "ledger-entry": get(MEMBERS, "slug", "sequence"),
    "ledger-export": post(MEMBERS, "slug"),
    "ledger-script": get(MEMBERS, "slug"),
    "checkpoints": get(MEMBERS, "slug"),
    "checkpoint": get(MEMBERS, "slug", "checkpoint"),
    "bodies": get(MEMBERS, "slug"),
    "body": get(MEMBERS, "slug", "code"),
    "structure": get(MEMBERS, "slug"),
    "responsibilities": get(MEMBERS, "slug"),
    "responsibility": Route(
        ("slug", "responsibility"), {"GET": MEMBERS, "POST": only("coordinator")}
    ),
    # A body ends its claim; without a body, as here, a coordinator ends the responsibility.
    "responsibility-end": post(only("coordinator"), "slug", "responsibility"),
    "responsibility-add": post(RUNNERS, "slug", "code"),
    "responsibility-row": post(RUNNERS, "slug", "code", "responsibility"),
    "gaps": get(MEMBERS, "slug"),
    "gap": Route(("slug", "subject"), {"GET": MEMBERS, "POST": only("coordinator")}),
    "seat": Route(
        ("slug", "seat"), {"GET": MEMBERS, "POST": only("alice", *RUN_IT, "coordinator")}
    ),
    "vacancies": get(MEMBERS, "slug"),
    "parties": get(MEMBERS, "slug"),
    "party": get(MEMBERS, "slug", "party"),
    "add-party": keep("slug"),
    "people": get(MEMBERS, "slug"),
    "person": get(MEMBERS, "slug", "person"),
    "people-invite": keep("slug"),
    "member": keep("slug", "member"),
    "member-end": keep("slug", "member"),
    "member-access": get(only("coordinator"), "slug", "member"),
    "second-step-rule": keep("slug"),
    "invitation-resend": post(only("coordinator"), "slug", "invitation"),
    "invitation-withdraw": post(only("coordinator"), "slug", "invitation"),
    # The link of an invitation: without an account, and for whoever is signed in.
    "invitation": Route(("invitation_token",), {"GET": PUBLIC, "POST": PUBLIC}),
    "party-edit": keep("slug", "party"),
    "anchors": get(MEMBERS, "slug"),
    "add-anchor": keep("slug"),
    "anchor-edit": keep("slug", "key"),
    "anchor-date": keep("slug", "key"),
    "commitment-new": keep("slug"),
    **dict.fromkeys(
        (
            *("commitment-edit", "commitment-owners", "commitment-dates", "commitment-withdraw"),
            *("extension-new", "reading-new", "reading-in-force"),
        ),
        Route(("slug", "number"), {"GET": RUNNERS, "POST": RUNNERS}),
    ),
    "extension-withdraw": Route(("slug", "number", "extension"), {"GET": RUNNERS, "POST": RUNNERS}),
    "reading-edit": Route(("slug", "number", "reading"), {"GET": RUNNERS, "POST": RUNNERS}),
    "reading-withdraw": Route(("slug", "number", "reading"), {"GET": RUNNERS, "POST": RUNNERS}),
    "expected-call-off": Route(("slug", "number", "expected"), {"GET": RUNNERS, "POST": RUNNERS}),
    "triggers": get(MEMBERS, "slug"),
    "trigger-new": keep("slug"),
    "trigger-edit": keep("slug", "trigger_key"),
    "trigger-event-new": keep("slug", "trigger_key"),
    "trigger-event-withdraw": keep("slug", "trigger_key", "event_number"),
    "add-body": keep("slug"),
    "body-edit": keep("slug", "code"),
    "body-lines": keep("slug", "code"),
    "body-roles": keep("slug", "code"),
    "body-composition": keep("slug", "code"),
    "seat-add": keep("slug", "code"),
    "seat-edit": keep("slug", "code", "seat_number"),
    "body-wind-up": keep("slug", "code"),
    "body-protocol": keep("slug", "code"),
    "body-contacts": Route(("slug", "code"), {"GET": MEMBERS, "POST": RUNNERS}),
    "agreements": get(MEMBERS, "slug"),
    "agreement-new": keep("slug"),
    "agreement": get(MEMBERS, "slug", "agreement_key"),
    "agreement-edit": keep("slug", "agreement_key"),
    "provision-new": keep("slug", "agreement_key"),
    "provision": get(MEMBERS, "slug", "agreement_key", "provision"),
    "provision-edit": keep("slug", "agreement_key", "provision"),
    "register": get(MEMBERS, "slug"),
    "register-export": get(MEMBERS, "slug"),
    "register-views": get(MEMBERS, "slug"),
    "register-view-new": Route(("slug",), {"GET": MEMBERS, "POST": MEMBERS}),
    # The coordinator's own; tests/commitments has those that are shared.
    "register-view": Route(
        ("slug", "saved_view"), {"GET": read_by("coordinator"), "POST": read_by("coordinator")}
    ),
    "commitment-record": get(MEMBERS, "slug", "number"),
    "commitment": get(MEMBERS, "slug", "number"),
    "report": Route(("slug", "number", "obligation"), {"GET": REPORTERS, "POST": REPORTERS}),
    "reports": get(MEMBERS, "slug", "number", "obligation"),
    "verify": Route(("slug", "number", "obligation"), {"GET": VERIFIERS, "POST": VERIFIERS}),
    # It is released here; tests/commitments says who sees one that is not.
    "verification": Route(("slug", "number", "verification"), {"GET": MEMBERS, "POST": VERIFIERS}),
    "verification-revise": Route(
        ("slug", "number", "verification"), {"GET": VERIFIERS, "POST": VERIFIERS}
    ),
    "waiting": get(MEMBERS, "slug"),
    "bulk": Route(("slug",), {"GET": RUNNERS, "POST": RUNNERS}),
    "bulk-change": Route(("slug", "bulk_change"), {"GET": RUNNERS, "POST": only("coordinator")}),
    "commitment-quick": Route(("slug", "number"), {"GET": RUNNERS, "POST": RUNNERS}),
    "timeline": get(MEMBERS, "slug"),
    "board": get(MEMBERS, "slug"),
    "commitment-chain": get(MEMBERS, "slug", "number"),
    "dependency-new": Route(("slug", "number"), {"GET": RUNNERS, "POST": RUNNERS}),
    "dependency-withdraw": Route(
        ("slug", "number", "dependency"), {"GET": RUNNERS, "POST": RUNNERS}
    ),
    "flag-new": Route(("slug", "number"), {"GET": INVOLVED, "POST": INVOLVED}),
    "flag-lift": Route(("slug", "number", "flag"), {"GET": INVOLVED, "POST": INVOLVED}),
    "measurement-new": Route(("slug", "number", "bound"), {"GET": MEMBERS, "POST": MEASURERS}),
    "measurement-withdraw": Route(
        ("slug", "number", "measurement"), {"GET": REPORTERS, "POST": REPORTERS}
    ),
    "evidence-list": get(MEMBERS, "slug", "number"),
    "evidence-add": Route(("slug", "number"), {"GET": INVOLVED, "POST": INVOLVED}),
    "evidence": get(CONCERNED, "slug", "number", "evidence_number"),
    "evidence-file": get(CONCERNED, "slug", "number", "evidence_number"),
    "evidence-supersede": Route(
        ("slug", "number", "evidence_number"), {"GET": INVOLVED, "POST": INVOLVED}
    ),
    "evidence-contradict": Route(
        ("slug", "number", "evidence_number"), {"GET": INVOLVED, "POST": INVOLVED}
    ),
    "breach-new": Route(("slug", "number"), {"GET": SPEAKERS, "POST": SPEAKERS}),
    "breach": Route(
        ("slug", "number", "breach"),
        {"GET": MEMBERS, "POST": only(*RUN_IT, "carol", "coordinator")},
    ),
    # A check-in that is for the bodies concerned; tests/audiences has the other records.
    "record-access": Route(
        ("slug", "kind", "check_in"),
        {
            "GET": CONCERNED,
            "POST": CONCERNED | dict.fromkeys(("alice", "carol", "seated"), FORBIDDEN),
        },
    ),
    "notes": Route(("slug", "number"), {"GET": MEMBERS, "POST": only("alice", "bob", "dave")}),
    # Of the delegation of the chair, and its own.
    "note-withdraw": Route(
        ("slug", "number", "note"), {"GET": read_by("bob"), "POST": read_by("bob")}
    ),
    "reviews": get(MEMBERS, "slug"),
    "review": get(MEMBERS, "slug", "review"),
    "review-item": Route(("slug", "review", "order"), {"GET": MEMBERS, "POST": RUNNERS}),
    "review-open": post(RUNNERS, "slug", "review"),
    "review-cancel": Route(("slug", "review"), {"GET": RUNNERS, "POST": RUNNERS}),
    "review-move": Route(("slug", "review"), {"GET": RUNNERS, "POST": RUNNERS}),
    "review-reply": post(IN_BODY, "slug", "review"),
    "review-plan": Route(("slug", "code"), {"GET": RUNNERS, "POST": RUNNERS}),
    "series": get(MEMBERS, "slug"),
    "series-add": Route(("slug", "code"), {"GET": RUNNERS, "POST": RUNNERS}),
    "series-edit": Route(("slug", "series"), {"GET": RUNNERS, "POST": RUNNERS}),
    "occurrence": get(MEMBERS, "slug", "series", "series_day"),
    **dict.fromkeys(
        ("occurrence-move", "occurrence-cancel"),
        Route(("slug", "series", "series_day"), {"GET": RUNNERS, "POST": RUNNERS}),
    ),
    "occurrence-open": post(RUNNERS, "slug", "series", "series_day"),
    "occurrence-reply": post(IN_BODY, "slug", "series", "series_day"),
    "calendar": get(MEMBERS, "slug"),
    "calendar-own": get(SIGNED_IN),
    "calendar-feeds": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "calendar-feed-revoke": post(read_by("bob"), "feed"),  # bob's own
    # The address is the right to read; a calendar programme cannot sign in.
    "calendar-feed": get(PUBLIC, "feed_token"),
    "review-close": post(RUNNERS, "slug", "review"),
    "review-attendance": Route(("slug", "review"), {"GET": RUNNERS, "POST": RUNNERS}),
    "review-withdraw": Route(("slug", "review", "outcome"), {"GET": RUNNERS, "POST": RUNNERS}),
    "review-propose": Route(("slug", "review"), {"GET": RAISERS, "POST": RAISERS}),
    "review-proposal-withdraw": post(RUNNERS, "slug", "review", "proposal"),
    "review-agenda-close": post(RUNNERS, "slug", "review"),
    "review-papers": Route(("slug", "review"), {"GET": RUNNERS, "POST": RUNNERS}),
    "review-add-item": Route(("slug", "review"), {"GET": RUNNERS, "POST": RUNNERS}),
    "review-object": Route(("slug", "review", "silence"), {"GET": IN_BODY, "POST": IN_BODY}),
    "agenda-rules": Route(("slug", "code"), {"GET": MEMBERS, "POST": RUNNERS}),
    "api:implementation-report-list": get(SIGNED_IN),
    "api:implementation-report-detail": get(MEMBERS, "implementation_report"),
    "implementation-reports": get(MEMBERS, "slug"),
    "implementation-report-new": Route(("slug",), {"GET": RUNNERS, "POST": RUNNERS}),
    "implementation-report": get(MEMBERS, "slug", "implementation_report"),
    "implementation-report-edit": Route(
        ("slug", "implementation_report"), {"GET": RUNNERS, "POST": RUNNERS}
    ),
    "implementation-report-section": Route(
        ("slug", "implementation_report", "part"), {"GET": RUNNERS, "POST": RUNNERS}
    ),
    "implementation-report-approve": post(
        only("bob", "alternate"), "slug", "implementation_report"
    ),
    "implementation-report-files": get(MEMBERS, "slug", "implementation_report"),
    "implementation-report-file": get(MEMBERS, "slug", "implementation_report", "report_file"),
    "implementation-report-file-ask": post(MEMBERS, "slug", "implementation_report", "format"),
    "implementation-report-html": get(MEMBERS, "slug", "implementation_report"),
    "implementation-report-dispatch": Route(
        ("slug", "implementation_report"), {"GET": MEMBERS, "POST": RUNNERS}
    ),
    "dispatch-again": post(RUNNERS, "slug", "dispatch"),
    "minutes-holding": get(MEMBERS, "slug", "review"),
    "minutes-draft": post(RUNNERS, "slug", "review"),
    "minutes": get(MEMBERS, "slug", "review", "version"),
    "minutes-outcome": Route(("slug", "review", "order"), {"GET": RUNNERS, "POST": RUNNERS}),
    "minutes-circulate": Route(("slug", "review", "version"), {"GET": RUNNERS, "POST": RUNNERS}),
    "minutes-correct": Route(("slug", "review"), {"GET": RUNNERS, "POST": RUNNERS}),
    "minutes-approve": post(only("bob", "alternate"), "slug", "review", "version"),
    # Who may comment does so with a form of their own; tests/reviews has them.
    "minutes-section": Route(
        ("slug", "review", "version", "section"), {"GET": MEMBERS, "POST": RUNNERS}
    ),
    "follow-through": get(MEMBERS, "slug", "code"),
    "disputes": get(MEMBERS, "slug"),
    # Whoever is asked answers as well; tests/reviews has them.
    "dispute": Route(("slug", "dispute_number"), {"GET": MEMBERS, "POST": RUNNERS}),
    "dispute-new": Route(("slug", "code"), {"GET": RAISERS, "POST": RAISERS}),
    "review-dispute": Route(("slug", "review", "order"), {"GET": RAISERS, "POST": RAISERS}),
    "outbox": get(only("coordinator"), "slug"),
    "outbox-export": post(only("coordinator"), "slug"),
    "outbox-health": get(only("coordinator"), "slug"),
    "clock-confirm": post(only(), "slug"),  # those of the site's staff among the coordinators
    "address-clear": post(only("coordinator"), "slug", "address_problem"),
    "message": keep("slug", "message"),
    "message-html": get(only("coordinator"), "slug", "message"),
    "reminder-policies": get(MEMBERS, "slug"),
    "reminder-policy": keep("slug"),
    "reminder-policy-body": keep("slug", "code"),
    "working-days": keep("slug"),
    "commitment-reminders": get(only("alice", *RUN_IT, "coordinator"), "slug", "number"),
    "api:process-list": get(SIGNED_IN),
    "api:process-detail": get(MEMBERS, "slug"),
    "api:party-list": get(SIGNED_IN),
    "api:party-detail": get(MEMBERS, "party"),
    "api:anchor-list": get(SIGNED_IN),
    "api:anchor-detail": get(MEMBERS, "anchor"),
    "api:body-list": get(SIGNED_IN),
    "api:body-detail": get(MEMBERS, "body"),
    # The process is named by what is sent; tests/api says who may.
    "api:holiday-list": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "api:holiday-detail": Route(
        ("holiday",),
        {"GET": MEMBERS, "PUT": only("coordinator"), "DELETE": only("coordinator")},
    ),
    "api:reminder-policy-list": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "api:reminder-policy-detail": get(MEMBERS, "policy"),
    "api:reminder-policy-withdraw": post(only("coordinator"), "policy"),
    "api:reminder-list": get(SIGNED_IN),
    "api:reminder-detail": get(read_by("coordinator"), "reminder"),
    "api:minutes-list": get(SIGNED_IN),
    "api:minutes-detail": get(MEMBERS, "minutes"),
    "api:outcome-list": get(SIGNED_IN),
    "api:outcome-detail": get(MEMBERS, "outcome"),
    "api:dispatch-list": get(SIGNED_IN),
    "api:dispatch-detail": get(MEMBERS, "dispatch"),
    "api:review-series-list": get(SIGNED_IN),
    "api:review-series-detail": get(MEMBERS, "series"),
    "api:review-list": get(SIGNED_IN),
    "api:review-detail": get(MEMBERS, "review"),
    "api:dispute-list": get(SIGNED_IN),
    "api:dispute-detail": get(MEMBERS, "dispute"),
    "api:responsibility-list": get(SIGNED_IN),
    "api:responsibility-detail": get(MEMBERS, "responsibility"),
    "api:responsibility-assignments": Route(("responsibility",), {"PUT": RUNNERS}),
    # The process is named in the parameters, and by what is sent; tests/api says who may.
    "api:gap-list": get(SIGNED_IN),
    "api:gap-accept": post(SIGNED_IN),
    "api:gap-reopen": post(SIGNED_IN),
    "api:agreement-list": get(SIGNED_IN),
    "api:agreement-detail": get(MEMBERS, "agreement"),
    "api:provision-list": get(SIGNED_IN),
    "api:provision-detail": get(MEMBERS, "provision"),
    "api:commitment-list": get(SIGNED_IN),
    "api:commitment-detail": get(MEMBERS, "commitment"),
    "api:obligation-list": get(SIGNED_IN),
    "api:obligation-detail": get(MEMBERS, "obligation"),
    "api:obligation-check-ins": Route(("obligation",), {"GET": MEMBERS, "POST": REPORTERS}),
    "api:commitment-flags": post(INVOLVED, "commitment"),
    "api:obligation-verifications": post(only("carol", "coordinator"), "obligation"),
    "api:check-in-list": get(SIGNED_IN),
    "api:check-in-detail": get(CONCERNED, "check_in"),
    "api:expected-list": get(SIGNED_IN),
    "api:expected-detail": get(MEMBERS, "expected"),
    "api:trigger-list": get(SIGNED_IN),
    "api:trigger-detail": get(MEMBERS, "trigger"),
    "api:trigger-events": post(only("coordinator"), "trigger"),
    "api:verification-list": get(SIGNED_IN),
    "api:verification-detail": get(MEMBERS, "verification"),
    "api:verification-approve": post(only("carol", "coordinator"), "verification"),
    "api:verification-release": post(only("carol", "coordinator"), "verification"),
    # The bound is named by what is sent; tests/api says who may.
    "api:measurement-list": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "api:measurement-detail": get(MEMBERS, "measurement"),
    "api:flag-list": get(SIGNED_IN),
    "api:flag-detail": get(MEMBERS, "flag"),
    "api:flag-lift": post(INVOLVED, "flag"),
    "api:breach-list": get(SIGNED_IN),
    "api:breach-detail": get(MEMBERS, "breach"),
    "api:ledger-entry-list": get(SIGNED_IN),
    "api:ledger-entry-detail": get(MEMBERS, "entry"),
    "api:evidence-list": get(SIGNED_IN),
    "api:evidence-detail": get(CONCERNED, "evidence"),
    "api:note-list": Route((), {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "api:note-detail": get(read_by("bob"), "note"),
    "api:note-withdraw": post(read_by("bob"), "note"),
    "api:schema": get(SIGNED_IN),
    "api:docs": get(SIGNED_IN),
    "api:nowhere": Route((), dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), NOBODY)),
}

#: Django's admin is one entry: it is closed to all who are not staff, and tests/admin says what
#: staff may do in it.
ADMIN = "admin:"


def declared(name: str) -> bool:
    return name in ROUTES or name.startswith(ADMIN)


def all_routes() -> Iterator[tuple[str, str]]:
    """Name and pattern of every route of the product."""

    def walk(patterns: Any, prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            where = prefix + str(one.pattern)
            if isinstance(one, URLPattern):
                yield f"{namespace}{one.name}", where
            elif isinstance(one, URLResolver):
                inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
                yield from walk(one.url_patterns, where, inner)

    yield from walk(get_resolver().url_patterns, "", "")


def address(name: str, world: dict[str, Any]) -> str:
    return reverse(name, args=[world[arg] for arg in ROUTES[name].args])


def answer(response: HttpResponseBase, person: str) -> str:
    """What a response comes to for who asked."""
    status, location = response.status_code, response.headers.get("Location", "")
    if location.startswith(("/sign-in/?next=", "/admin/login/?next=")):
        return SIGN_IN
    if status == 401 or (status == 403 and person == "anonymous"):
        return SIGN_IN
    return {403: FORBIDDEN, 404: HIDDEN, 405: NO_METHOD}.get(
        status, OPENS if status < 500 else str(status)
    )
