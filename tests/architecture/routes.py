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
)

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


REPORTERS = only("alice", "coordinator")
RUNNERS = only("bob", "coordinator")


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
    # Whoever is signed in is sent to their desk, whatever the method.
    "sign-in": Route(
        (),
        dict.fromkeys(("GET", "POST", "PUT"), PUBLIC)
        | dict.fromkeys(("PATCH", "DELETE"), PUBLIC | {"anonymous": NO_METHOD}),
    ),
    "sign-out": post(SIGNED_IN),
    "health-live": get(PUBLIC),
    "health-ready": get(PUBLIC),
    # The link is the right to answer; there is no session for a form token to protect.
    "check-in": Route(("token",), {"GET": PUBLIC, "POST": PUBLIC}, csrf_exempt=True),
    "check-in-receipt": get(PUBLIC, "token"),
    "check-in-pass": Route(("token",), {"GET": PUBLIC, "POST": PUBLIC}, csrf_exempt=True),
    "desk": get(SIGNED_IN),
    "overview": get(MEMBERS, "slug"),
    "ledger": get(MEMBERS, "slug"),
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
    "seat": Route(("slug", "seat"), {"GET": MEMBERS, "POST": only("alice", "bob", "coordinator")}),
    "vacancies": get(MEMBERS, "slug"),
    "parties": get(MEMBERS, "slug"),
    "party": get(MEMBERS, "slug", "party"),
    "add-party": keep("slug"),
    "party-edit": keep("slug", "party"),
    "anchors": get(MEMBERS, "slug"),
    "add-anchor": keep("slug"),
    "anchor-edit": keep("slug", "key"),
    "anchor-date": keep("slug", "key"),
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
    "register": get(MEMBERS, "slug"),
    "commitment": get(MEMBERS, "slug", "number"),
    "report": Route(("slug", "number", "obligation"), {"GET": REPORTERS, "POST": REPORTERS}),
    "reviews": get(MEMBERS, "slug"),
    "review": get(MEMBERS, "slug", "review"),
    "review-item": Route(("slug", "review", "order"), {"GET": MEMBERS, "POST": RUNNERS}),
    "review-open": post(RUNNERS, "slug", "review"),
    "review-cancel": post(RUNNERS, "slug", "review"),
    "review-close": post(RUNNERS, "slug", "review"),
    "review-attendance": post(RUNNERS, "slug", "review"),
    "outbox": get(only("coordinator"), "slug"),
    "message": get(only("coordinator"), "slug", "message"),
    "message-html": get(only("coordinator"), "slug", "message"),
    "api:process-list": get(SIGNED_IN),
    "api:process-detail": get(MEMBERS, "slug"),
    "api:party-list": get(SIGNED_IN),
    "api:party-detail": get(MEMBERS, "party"),
    "api:anchor-list": get(SIGNED_IN),
    "api:anchor-detail": get(MEMBERS, "anchor"),
    "api:body-list": get(SIGNED_IN),
    "api:body-detail": get(MEMBERS, "body"),
    "api:responsibility-list": get(SIGNED_IN),
    "api:responsibility-detail": get(MEMBERS, "responsibility"),
    "api:responsibility-assignments": Route(("responsibility",), {"PUT": RUNNERS}),
    # The process is named in the parameters, and by what is sent; tests/api says who may.
    "api:gap-list": get(SIGNED_IN),
    "api:gap-accept": post(SIGNED_IN),
    "api:gap-reopen": post(SIGNED_IN),
    "api:commitment-list": get(SIGNED_IN),
    "api:commitment-detail": get(MEMBERS, "commitment"),
    "api:obligation-list": get(SIGNED_IN),
    "api:obligation-detail": get(MEMBERS, "obligation"),
    "api:obligation-check-ins": Route(("obligation",), {"GET": MEMBERS, "POST": REPORTERS}),
    "api:check-in-list": get(SIGNED_IN),
    "api:check-in-detail": get(MEMBERS, "check_in"),
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
