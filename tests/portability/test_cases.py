"""The bodies of four real agreements, entered as process files and read back as a table."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from accounts.models import User
from coordination.bodies.decisions import quorum
from coordination.bodies.models import Body, Protocol, Seat, Share, Term
from coordination.portability.loader import load_process_file
from coordination.processes.models import Process

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parent / "cases"

#: Code, then composition, cadence, quorum, decision rule and reporting lines.
Row = tuple[str, str, str, str, str, str]

DAYTON: list[Row] = [
    ("BRCKO", "", "", "", "", ""),
    (
        "CDPR",
        "4 Federation, 2 Republika Srpska, 3 International; "
        "parts: 4 Federation, 2 Republika Srpska, 3 International",
        "",
        "",
        "",
        "",
    ),
    ("CSBM", "", "", "", "", "reports to OSCE"),
    ("EUPM", "", "", "", "", "reports to EU"),
    (
        "HRC",
        "1 Ombudsman; parts: 1 Ombudsman, 4 Chamber Federation, 2 Chamber Republika Srpska, "
        "8 Chamber international; "
        "The Ombudsman, and the Human Rights Chamber with fourteen members.",
        "",
        "",
        "",
        "",
    ),
    ("ICRC", "", "", "", "", ""),
    ("IFOR", "1 IFOR Commander", "", "", "", "informs UN"),
    ("IPTF", "", "", "", "", "reports to UN"),
    (
        "JCC",
        "1 High Representative, 1 BA, 1 BA-BIH, 1 BA-SRP, 1 HR, 1 YU, "
        "1 IFOR Commander or a representative",
        "called by The High Representative",
        "",
        "not said",
        "",
    ),
    (
        "JMC",
        "1 IFOR Commander, 1 BA, 1 BA-BIH, 1 BA-SRP",
        "called by The IFOR Commander; It meets when the IFOR Commander calls it.",
        "",
        "the chair decides after hearing members",
        "reports to IFOR",
    ),
    (
        "OHR",
        "1 High Representative",
        "",
        "",
        "the chair decides after hearing members",
        "informs UN, informs EU, informs US, informs RU",
    ),
    ("PEC", "1 Head of the OSCE Mission", "", "", "", "reports to OSCE"),
    ("SFOR", "", "", "", "", ""),
]

GOOD_FRIDAY: list[Row] = [
    ("ASSEMBLY", "", "", "", "", ""),
    ("BIC", "", "2 a year; At summit level twice a year.", "", "not said", ""),
    (
        "BIIGC",
        "1 GB, 1 IE, 1 Standing secretariat",
        "Regularly and often; a standing secretariat serves it.",
        "",
        "not said",
        "",
    ),
    ("CJR", "", "", "", "", "reports to GB"),
    ("EQC", "", "", "", "", ""),
    ("IICD", "", "", "", "", "reports to GB, reports to IE"),
    ("NIHRC", "", "", "", "", ""),
    (
        "NSMC",
        "1 NI, 1 IE",
        "2 a year; In plenary twice a year; in sectors regularly.",
        "",
        "not said",
        "",
    ),
    ("PATTEN", "", "", "", "", "reports to GB"),
    ("SRC", "", "", "", "", ""),
]

MINSK: list[Row] = [
    ("JCCC", "", "", "", "", ""),
    ("N4", "1 FR, 1 DE, 1 RU, 1 UA", "", "", "", ""),
    ("ODIHR", "", "", "", "", "reports to OSCE"),
    ("SMM", "", "", "", "", "reports to OSCE"),
    (
        "TCG",
        "1 UA, 1 RU, 1 OSCE; Ukraine, the Russian Federation and the OSCE; "
        "four working groups report to it.",
        "",
        "",
        "",
        "",
    ),
    ("WG-ECO", "", "", "", "", "reports to TCG"),
    ("WG-HUM", "", "", "", "", "reports to TCG"),
    ("WG-POL", "", "", "", "", "reports to TCG"),
    ("WG-SEC", "", "", "", "", "reports to TCG"),
]

RARCSS: list[Row] = [
    (
        "CTSAMVM",
        "With national monitors from the parties.",
        "",
        "",
        "",
        "reports to IGAD-CM, reports to RJMEC",
    ),
    ("IBC", "", "", "", "", ""),
    ("IGAD-CM", "", "", "", "", ""),
    ("JDB", "", "", "", "", ""),
    ("JMCC", "", "", "", "", ""),
    ("JTSC", "", "", "", "", ""),
    ("NCAC", "", "", "", "", ""),
    (
        "NPTC",
        "",
        "",
        "",
        "not said",
        "once a month: informs RJMEC, informs TGONU, informs SPLM-IO, informs SSOA, informs FD, "
        "informs OPP, informs Stakeholders",
    ),
    (
        "RJMEC",
        "10 Parties, 13 Other South Sudanese, 13 Region, 7 International, 1 Chair; "
        "parts: 10 Parties, 13 Other South Sudanese, 13 Region, 7 International; "
        "Forty-three members in four groups.",
        "1 a month; At least once a month.",
        "29: 15 South Sudanese, 14 Others; The article counts “forty-three (42)” voting members.",
        "consensus, else a majority: more than half of the voting members present",
        "once a quarter: informs TGONU, informs TNLA, informs IGAD Heads of State and Government, "
        "informs IGAD-CM, informs Commission of the African Union, "
        "informs Peace and Security Council of the African Union, informs UN",
    ),
    ("SDSRB", "", "", "", "", ""),
]

TABLES = {
    "dayton.yaml": DAYTON,
    "good_friday.yaml": GOOD_FRIDAY,
    "minsk.yaml": MINSK,
    "rarcss.yaml": RARCSS,
}
#: What a file adds to the bodies of its agreement: successors, and the groups that work below one.
ADDED = {"SFOR", "EUPM", "WG-ECO", "WG-HUM", "WG-POL", "WG-SEC"}


def load_case(name: str) -> Process:
    return load_process_file(name, (CASES / name).read_bytes()).process


def composition(body: Body) -> str:
    named = Counter(
        seat.group or (seat.party.code if seat.party else seat.name) for seat in body.seats.all()
    )
    seats = ", ".join(f"{number} {name}" for name, number in named.items())
    parts = ", ".join(f"{part.seats} {part.group}" for part in body.composition_parts.all())
    return "; ".join(filter(None, [seats, parts and f"parts: {parts}", body.composition]))


def worded(protocol: Protocol, topic: str) -> list[str]:
    return [one.wording for one in protocol.sources.all() if one.topic == topic and one.wording]


def cadence(protocol: Protocol) -> str:
    said = [f"{protocol.meets_times} {protocol.get_meets_per_display()}"]
    if not protocol.meets_times:
        said = [f"called by {protocol.convened_by}"] if protocol.convened_by else []
    return "; ".join([*said, *worded(protocol, "meetings")])


def needed(protocol: Protocol) -> str:
    if protocol.quorum is None:
        return ""
    parts = ", ".join(f"{part.minimum} {part.group}" for part in protocol.quorum_parts.all())
    return "; ".join([f"{protocol.quorum}: {parts}", *worded(protocol, "quorum")])


def decision(protocol: Protocol) -> str:
    rule = protocol.get_decision_rule_display() or "not said"
    if protocol.decision_rule != Protocol.DecisionRule.CONSENSUS_THEN_MAJORITY:
        return str(rule)
    of = protocol.get_majority_of_display()
    return f"{rule}: {Share(protocol.majority).label} of {of}"


def lines(body: Body, protocol: Protocol | None) -> str:
    verbs = {"reports_to": "reports to", "informs": "informs", "liaison": "liaises with"}
    told = ", ".join(
        f"{verbs[line.kind]} {line.target.code if line.target else line.to_name}"
        for line in body.lines.all()
    )
    often = f"once {protocol.get_reports_per_display()}: " if protocol and told else ""
    return (often if protocol and protocol.reports_per else "") + told


def row(body: Body) -> Row:
    protocol = Protocol.objects.filter(body=body).first()
    return (
        body.code,
        composition(body),
        cadence(protocol) if protocol else "",
        needed(protocol) if protocol else "",
        decision(protocol) if protocol else "",
        lines(body, protocol),
    )


@pytest.mark.parametrize("name", TABLES)
def test_the_bodies_of_an_agreement_are_entered_without_loss(name: str) -> None:
    bodies = load_case(name).bodies.order_by("code").prefetch_related("seats__party")
    assert [row(body) for body in bodies] == TABLES[name]


def test_the_four_agreements_have_thirty_six_bodies() -> None:
    codes = [code for table in TABLES.values() for code, *_ in table]
    assert len(set(codes) - ADDED) == len(codes) - len(ADDED) == 36


def test_successors_and_former_names_say_what_became_of_a_body() -> None:
    process = load_case("dayton.yaml")
    claims = process.bodies.get(code="CDPR")
    assert claims.name_on(date(1996, 1, 1)) == "Commission for Displaced Persons and Refugees"
    assert claims.name_on(date(2000, 1, 1)).startswith("Commission for Real Property Claims")
    police = process.bodies.get(code="EUPM").precessions.get()
    assert (police.predecessor.code, police.kind, police.on) == (
        "IPTF",
        "replaced",
        date(2003, 1, 1),
    )
    force = process.bodies.get(code="IFOR")
    assert [force.exists_on(date(1996, 12, day)) for day in (19, 20)] == [True, False]


@pytest.mark.parametrize(
    ("south_sudanese", "others", "met"),
    [(15, 14, True), (14, 15, False), (15, 13, False), (23, 6, False), (16, 13, False)],
)
def test_the_quorum_of_the_monitoring_commission_is_that_of_its_article(
    south_sudanese: int, others: int, met: bool
) -> None:
    body = load_case("rarcss.yaml").bodies.get(code="RJMEC")
    counts_as = {part.group: part.counts_as for part in body.composition_parts.all()}
    seats = list(Seat.objects.filter(body=body, vote="voting"))
    assert len(seats) == 43
    for seat in seats:
        holder = User(pk=seat.number, name=f"Member {seat.number}")
        seat.current_terms = [Term(seat=seat, holder=holder, starts_on=date(2018, 9, 27))]
    national = [seat for seat in seats if counts_as[seat.group] == "South Sudanese"]
    foreign = [seat for seat in seats if counts_as[seat.group] == "Others"]
    present = {seat.pk: None for seat in [*national[:south_sudanese], *foreign[:others]]}
    assert quorum(body.protocol, seats, present, counts_as).met is met
