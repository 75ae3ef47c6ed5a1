"""What was done is said in words: verbs, choices, and where it came from."""

import re
from pathlib import Path
from typing import Any

import coordination
from coordination.bodies.models import Nomination
from coordination.commitments.models import Breach
from coordination.insights import minutes
from coordination.insights.deeds import DEEDS
from coordination.ledger.actions import Origin, append
from coordination.processes.models import AnchorDate, Process
from coordination.reviews.models import Outcome
from tests.factories import CheckInFactory

SOURCES = sorted(Path(coordination.__path__[0]).rglob("*.py"))
#: Paths to fields, which look like verbs.
NO_VERBS = {"body.code", "commitment.code", "message.state", "review.body", "review.number"}


def appended() -> set[str]:
    """Every verb in the code, and those that are put together there."""
    text = "\n".join(file.read_text() for file in SOURCES if file.name != "deeds.py")
    things = {verb.partition(".")[0] for verb in DEEDS}
    literal = {f"{one}.{deed}" for one, deed in re.findall(r'"([a-z-]+)\.([a-z][a-z-]+)"', text)}
    spans = set(re.findall(r'\bwhat="([a-z]+)"', text))
    states = (
        (AnchorDate.Status, "anchor"),
        (Outcome.Kind, "review"),
        (Breach.State, "breach"),
        (Nomination.State, "nomination"),
    )
    return (
        {verb for verb in literal if verb.partition(".")[0] in things}
        | {f"{what}.{how}" for what in spans for how in ("changed", "ended", "mistaken")}
        | {f"{thing}.{state}" for kinds, thing in states for state in kinds.values}
        | {f"review.{word.lower()}" for word in re.findall(r'\bbecome\([^"]*"(\w+)"', text)}
    ) - NO_VERBS


def test_every_verb_that_is_appended_has_words_of_its_own() -> None:
    # A nomination is proposed and a breach asked about by verbs of their own.
    assert appended() - {"breach.response_due"} == set(DEEDS)
    assert len({str(words) for words in DEEDS.values()}) == len(DEEDS)


def test_what_the_admin_does_is_said_of_the_kind_of_row() -> None:
    assert minutes.verb_words("anchordate.removed") == "date of an anchor event removed"


def test_the_origin_of_a_link_is_not_only_a_check_in() -> None:
    assert str(Origin.LINK.label) == "link in a mail"


def test_details_say_choices_by_their_words_and_leave_the_process_out(
    process: Process, obligation: Any, alice: Any
) -> None:
    check_in = CheckInFactory(obligation=obligation)
    entry = append(
        process=process,
        actor=alice,
        verb="check-in.submitted",
        thing=check_in,
        summary="Checked in",
        origin="web",
        before={"reported_level": None, "process_id": None},
        after={"reported_level": 1, "process_id": process.pk},
    )
    line = minutes.Line(entry.sequence, entry.hash, entry)
    minutes.fill([line], process, alice, None)
    assert line.changes == [minutes.Change("reported", "—", "Minimum")]
