"""Of whom a second step is asked, how long there is time, and what is closed after that."""

import datetime as dt

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import ResolverMatch
from django.utils import timezone

from accounts.models import User
from accounts.urls import urlpatterns
from accounts.views import profile
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.outbox.models import Message
from coordination.processes.actions import change_role, create_process
from coordination.processes.models import Membership, Process
from coordination.processes.second_factor import OPEN_PAGES, SecondStepMiddleware, asked_of
from coordination.processes.second_step_rule import set_second_step_rule
from tests.editing import browser, fill, says
from tests.factories import (
    ApiTokenFactory,
    AuthenticatorFactory,
    MembershipFactory,
    PartyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

RULE = "/p/valley/people/second-step/"


@pytest.fixture
def ruled(process: Process, coordinator: User) -> Process:
    """Coordinators are asked since 20 days ago, and have ten; cora joined 15 days ago."""
    now = timezone.now()
    process.second_factor_roles = ["coordinator"]
    process.second_factor_since = process.today() - dt.timedelta(days=20)
    process.second_factor_grace_days = 10
    process.save()
    joined(coordinator, now - dt.timedelta(days=15))
    return process


def ask(process: Process, actor: User, roles: list[str], days: int = 7) -> None:
    set_second_step_rule(
        actor=actor,
        process=process,
        second_factor_roles=roles,
        second_factor_grace_days=days,
        origin=Origin.WEB,
    )


def joined(user: User, moment: dt.datetime) -> None:
    user.memberships.update(started_at=moment, role_since=moment)


def test_the_days_count_from_the_later_of_the_rule_and_the_membership(
    ruled: Process, coordinator: User, alice: User
) -> None:
    today = ruled.today()
    asked = asked_of(coordinator)
    assert (asked.since, asked.by, asked.is_over) == (
        today - dt.timedelta(days=15),
        today - dt.timedelta(days=5),
        True,
    )
    joined(coordinator, timezone.now() - dt.timedelta(days=40))
    assert asked_of(coordinator).since == today - dt.timedelta(days=20)
    assert asked_of(alice) is None


def test_a_member_who_comes_into_a_role_that_is_asked_has_all_days_from_then(
    ruled: Process, coordinator: User, carol: User
) -> None:
    long_ago = timezone.now() - dt.timedelta(days=300)
    joined(carol, long_ago)
    place = carol.memberships.get()
    change_role(actor=coordinator, member=place, role="coordinator", origin=Origin.WEB)
    place.refresh_from_db()
    assert place.started_at == long_ago
    assert asked_of(carol).since == ruled.today()
    since = place.role_since
    party = PartyFactory(process=ruled)
    given = {"role": "coordinator", "party": party, "heads_delegation": True}
    change_role(actor=coordinator, member=place, origin=Origin.WEB, **given)
    place.refresh_from_db()
    assert place.role_since == since  # another party is no other role


@pytest.mark.parametrize("days", [9, 10])
def test_on_the_last_day_pages_are_open_and_on_the_next_they_are_closed(
    days: int, ruled: Process, coordinator: User
) -> None:
    joined(coordinator, timezone.now() - dt.timedelta(days=days))
    page = browser(coordinator).get("/p/valley/people/")
    assert page.status_code == (200 if days == 9 else 302)
    if days == 9:
        assert "Valley asks for a second step at sign-in" in says(page)
        assert "Set it up before" in says(page)


def test_after_the_days_only_the_pages_where_it_is_set_up_open(
    ruled: Process, coordinator: User
) -> None:
    client = browser(coordinator)
    for address in ("/", "/p/valley/", "/admin/"):
        response = client.get(address)
        assert (response.status_code, response.headers["Location"]) == (
            302,
            "/account/second-step/",
        )
    page = client.get("/account/second-step/")
    assert "Until it is set up no other page opens." in says(page)
    assert client.get("/health/live").status_code == 200
    assert client.post("/p/valley/people/invite/", {}).status_code == 302
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_no_page_of_the_admin_is_left_open_by_how_it_is_called(ruled: Process) -> None:
    person = ruled.memberships.first().user
    middleware = SecondStepMiddleware(lambda request: HttpResponse())
    answers = {}
    for namespaces in ([], ["admin"]):
        request = RequestFactory().get("/")
        request.user = person
        request.resolver_match = ResolverMatch(
            profile, (), {}, url_name="mfa_index", namespaces=namespaces
        )
        answers[len(namespaces)] = middleware.process_view(request, profile, (), {})
    assert (answers[0], answers[1].headers["Location"]) == (None, "/account/second-step/")


def test_every_page_that_stays_open_is_there() -> None:
    assert {page.name for page in urlpatterns} >= OPEN_PAGES


@pytest.mark.parametrize(("kind", "counts"), [("totp", True), ("recovery_codes", False)])
def test_an_app_opens_them_again_and_recovery_codes_alone_do_not(
    kind: str, counts: bool, ruled: Process, coordinator: User
) -> None:
    AuthenticatorFactory(user=coordinator, type=kind)
    assert (browser(coordinator).get("/p/valley/").status_code == 200) is counts


def test_the_api_is_closed_as_well_to_a_session_and_to_a_token(
    ruled: Process, coordinator: User
) -> None:
    token = ApiTokenFactory(user=coordinator, text="entente_of-cora")
    by_token = {"headers": {"Authorization": "Bearer entente_of-cora"}}
    for client, how in ((browser(coordinator), {}), (Client(), by_token)):
        response = client.get("/api/processes/", **how)
        assert (response.status_code, "second step" in response.content.decode()) == (403, True)
    AuthenticatorFactory(user=token.user)
    assert Client().get("/api/processes/", **by_token).status_code == 200


def test_it_costs_one_query_of_who_is_not_asked_and_two_of_who_is(
    ruled: Process, coordinator: User, alice: User, django_assert_num_queries
) -> None:
    """The first is for the memberships, which a page needs anyway."""
    with django_assert_num_queries(1):
        assert asked_of(alice) is None
    with django_assert_num_queries(2):
        assert asked_of(coordinator) is not None


def test_administrators_of_a_site_in_production_are_always_asked(monkeypatch) -> None:
    person = UserFactory(is_staff=True)
    assert asked_of(person) is None
    monkeypatch.setattr(settings, "PRODUCTION", True)
    asked = asked_of(person)
    assert (asked.process, asked.by - asked.since, asked.is_over) == (
        "",
        dt.timedelta(days=14),
        False,
    )
    assert asked_of(UserFactory()) is None
    User.objects.filter(pk=person.pk).update(created_at=timezone.now() - dt.timedelta(days=15))
    person.refresh_from_db()
    assert asked_of(person).is_over
    AuthenticatorFactory(user=person)
    assert asked_of(person) is None


def test_a_new_process_asks_its_coordinators(coordinator: User) -> None:
    made = create_process(actor=coordinator, origin="web", slug="new", name="New", short_name="New")
    assert made.second_factor_roles == ["coordinator"]
    assert not asked_of(coordinator).is_over


def test_coordinators_set_the_rule_and_who_is_asked_newly_has_all_the_days(
    ruled: Process, coordinator: User
) -> None:
    AuthenticatorFactory(user=coordinator)
    client = browser(coordinator)
    form = fill(client, RULE, second_factor_grace_days="12")
    client.post(RULE, form | {"second_factor_roles": ["coordinator"]})
    ruled.refresh_from_db()
    assert (ruled.second_factor_grace_days, ruled.second_factor_since) == (
        12,
        ruled.today() - dt.timedelta(days=20),
    )
    form = fill(client, RULE)
    page = client.post(
        RULE, form | {"second_factor_roles": ["monitor", "coordinator"]}, follow=True
    )
    assert "is asked of: coordinator, monitor." in says(page)
    ruled.refresh_from_db()
    assert ruled.second_factor_since == ruled.today()
    entry = ruled.ledger_entries.first()
    assert (entry.verb, entry.summary) == (
        "process.second-step",
        "A second step at sign-in is asked of every coordinator and monitor, "
        "with 12 days to set it up",
    )
    form = fill(client, RULE, second_factor_grace_days="91")
    page = client.post(RULE, form | {"second_factor_roles": ["nobody"]})
    assert (page.status_code, len(page.context["form"].errors)) == (422, 2)


def test_a_rule_without_a_day_is_refused_wherever_it_comes_from(
    ruled: Process, coordinator: User
) -> None:
    AuthenticatorFactory(user=coordinator)
    client = browser(coordinator)
    form = fill(client, RULE, second_factor_grace_days="0")
    page = client.post(RULE, form | {"second_factor_roles": ["coordinator"]})
    assert (page.status_code, list(page.context["form"].errors)) == (
        422,
        ["second_factor_grace_days"],
    )
    with pytest.raises(Refused) as refused:
        ask(ruled, coordinator, ["coordinator"], days=0)
    assert refused.value.field == "second_factor_grace_days"


def test_who_asks_it_of_themselves_reads_until_when(process: Process, coordinator: User) -> None:
    client = browser(coordinator)
    assert "You have no second step yourself: where it is asked" in says(client.get(RULE))
    form = fill(client, RULE, second_factor_grace_days="1")
    page = client.post(RULE, form | {"second_factor_roles": ["coordinator"]}, follow=True)
    day = process.today() + dt.timedelta(days=1)
    words = f"Saved. You have no second step yourself: set it up before {day.day} {day:%b %Y}"
    assert (page.status_code, words in says(page)) == (200, True)
    assert "As it stands you have to set it up before" in says(client.get(RULE))
    AuthenticatorFactory(user=coordinator)
    assert "You have no second step yourself" not in says(client.get(RULE))


def test_those_of_whom_it_is_asked_from_now_on_get_one_mail_that_says_until_when(
    process: Process, coordinator: User, alice: User, bob: User, carol: User, dave: User
) -> None:
    """Not who has one, who asks, nor who was asked before."""
    AuthenticatorFactory(user=bob)
    MembershipFactory(process=process, role="monitor", user__is_active=False)
    MembershipFactory(process=process, role="monitor", ended_at=timezone.now())
    ask(process, coordinator, ["coordinator", "delegate"])
    mail = Message.objects.get(recipient=alice)
    day = process.today() + dt.timedelta(days=7)
    assert ({one.recipient for one in Message.objects.all()}, mail.kind) == (
        {alice, dave},
        "second_step",
    )
    assert f"Set it up before {day.day} {day:%b %Y}" in mail.body_text
    assert "because you take part as delegate" in mail.body_html
    ask(process, coordinator, ["coordinator", "delegate", "monitor"], days=5)
    assert {one.recipient for one in Message.objects.all()} == {alice, carol, dave}
    assert Message.objects.count() == 3


def test_a_mail_about_what_is_asked_no_longer_does_not_leave(
    process: Process, coordinator: User, alice: User
) -> None:
    for roles in (["delegate"], [], ["delegate"]):
        ask(process, coordinator, roles)
    states = [mail.state for mail in Message.objects.order_by("pk")]
    assert states == ["superseded", "pending"]


def test_who_comes_to_a_role_of_which_it_is_asked_gets_the_mail(
    ruled: Process, coordinator: User, alice: User
) -> None:
    given = {"actor": coordinator, "origin": Origin.WEB, "member": alice.memberships.get()}
    change_role(role="coordinator", **given)
    assert [mail.recipient for mail in Message.objects.all()] == [alice]
    change_role(role="monitor", **given)
    assert Message.objects.count() == 1


def test_the_strictest_of_several_processes_counts(ruled: Process, coordinator: User) -> None:
    joined(coordinator, timezone.now())
    made = create_process(actor=coordinator, origin="web", slug="new", name="New", short_name="New")
    Process.objects.filter(pk=made.pk).update(second_factor_grace_days=3)
    assert asked_of(coordinator).process == "New"
    Membership.objects.filter(process=made).update(ended_at=timezone.now())
    assert asked_of(coordinator).process == "Valley"
