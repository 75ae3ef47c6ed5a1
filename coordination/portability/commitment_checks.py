"""Whether the commitments of a process file, and their history, can be as they are written."""

from collections import Counter

from .checks import Checks, closing, refuse_circle, text_of
from .commitment_schema import UNITS
from .cursor import Spot
from .problems import did_you_mean, shortened

_ONE_DAY = (
    "on",
    "after",
    "before",
    "after_completion_of",
    "before_completion_of",
    "after_trigger",
)
_SEVERAL = ("earlier_of", "later_of")
_TERMS = ("due", "not_before", "latest", "starts", "ends")
#: Kinds that start and are not due.
_KEPT_UP = ("standing", "limit", "recurring")
_NEEDS_A_DATE = ("dated", "until", "not_before")
#: Kinds that are due once for each time that they are expected.
EXPECTED = ("recurring", "triggered")


def check_commitments(checks: Checks) -> None:
    cited = Counter(
        (agreement["key"].text, provision["citation"].text)
        for agreement in checks.file.each("agreements")
        for provision in agreement.each("provisions")
    )
    for spot in checks.file.each("commitments"):
        checks.body(spot["lead"])
        for body in (spot["verified_by"], *spot.each("verified_before")):
            checks.body(body)
        checks.refer(spot["agreement"], "agreements", "key", "the key of an agreement")
        checks.refer(spot["triggered_by"], "triggers", "key", "the key of a trigger")
        checks.not_in_future(spot["entered"])
        _provision(checks, spot, list(cited))
        _kind(checks, spot)
        _rhythm(checks, spot)
        _trigger(checks, spot)
        _owed_by(checks, spot)
        triggered = kind_of(spot) == "triggered"
        for key in _TERMS:
            _counted(checks, spot[key], triggered)
        for reading in spot.each("readings"):
            _counted(checks, reading["due"], triggered)
        _bounds(checks, spot)
        _readings(checks, spot)
        _extensions(checks, spot)
        _waits(checks, spot)
    for trigger in checks.file.each("triggers"):
        for event in trigger.each("events"):
            checks.not_in_future(event["on"])
            checks.person(event["entered_by"])


def kind_of(spot: Spot) -> str:
    return spot["kind"].text or "dated"


def _provision(checks: Checks, spot: Spot, cited: list[tuple[str | None, str | None]]) -> None:
    citation, agreement = spot["provision"].text, spot["agreement"].text
    if citation is None:
        if spot["reference"].value is None and spot["provision"].value is None:
            checks.refuse(spot.path, "say where it comes from: add provision or reference")
        return
    keys = [key for key, known in cited if known == citation and agreement in (None, key)]
    if not keys:
        checks.refuse(
            spot["provision"].path,
            f"“{shortened(citation)}” is not a citation of the agreements in this file"
            + did_you_mean(citation, [known for _, known in cited if known]),
        )
    elif len(keys) > 1:
        names = ", ".join(str(key) for key in keys)
        checks.refuse(
            spot["provision"].path,
            f"more than one agreement has “{shortened(citation)}”; add agreement: one of {names}",
        )


def _kind(checks: Checks, spot: Spot) -> None:
    """Each kind has its own dates: what is kept up starts, what is done is due."""
    kind = kind_of(spot)
    if kind in _KEPT_UP:
        for key in ("due", "not_before", "latest", "readings"):
            if spot[key].value is not None:
                checks.refuse(
                    spot[key].path,
                    f"a commitment of the kind {kind} is kept up and not due; "
                    "write starts and ends",
                )
    else:
        for key in ("starts", "ends"):
            if spot[key].value is not None:
                checks.refuse(
                    spot[key].path,
                    f"a commitment of the kind {kind} is done and not kept up; write due",
                )
    checks.in_order(
        spot["starts"].alone("on"), spot["ends"].alone("on"), "it ends before it starts"
    )
    if kind in _NEEDS_A_DATE and spot["due"].value is None and spot["latest"].value is None:
        checks.refuse(
            spot["kind"].path,
            f"a commitment of the kind {kind} needs a date; add due, or write kind: undated",
        )
    if kind in ("limit", "quantity") and not list(spot.each("bounds")):
        checks.refuse(
            spot["kind"].path,
            f"a commitment of the kind {kind} is held against a number; add bounds",
        )


def _rhythm(checks: Checks, spot: Spot) -> None:
    kind, every = kind_of(spot), spot["every"]
    if kind == "recurring" and every.value is None:
        checks.refuse(
            spot["kind"].path, "a recurring commitment says how often it recurs; add every"
        )
    if kind != "recurring" and every.value is not None:
        checks.refuse(every.path, "only a recurring commitment recurs; for reports write check_ins")
    if isinstance(every.value, dict):
        _one_amount(checks, every)


def _one_amount(checks: Checks, spot: Spot) -> None:
    """Exactly one number of hours, days, weeks, months or years."""
    units = [key for key in UNITS if spot[key].value is not None]
    if not units:
        checks.refuse(spot.path, f"give a number of {', '.join(UNITS)}: one of them")
    elif len(units) > 1:
        checks.refuse(spot[units[1]].path, f"give one number only, in {units[0]} or in {units[1]}")


def _trigger(checks: Checks, spot: Spot) -> None:
    kind, follows = kind_of(spot), spot["follows"]
    checks.commitment(follows)
    given = [spot[key] for key in ("triggered_by", "follows") if spot[key].value is not None]
    if kind == "triggered" and not given:
        checks.refuse(
            spot["kind"].path,
            "a triggered commitment says what triggers it; add triggered_by or follows",
        )
    if kind != "triggered" and given:
        checks.refuse(
            given[0].path, "only a triggered commitment has a trigger; write kind: triggered"
        )
    if len(given) > 1:
        checks.refuse(follows.path, "it is triggered by one thing; leave out the other")
    followed = checks.named("commitments", "ref", follows.text)
    if followed is not None and kind_of(followed) not in EXPECTED:
        checks.refuse(
            follows.path,
            f"“{shortened(follows.text or '')}” is done once, and nothing follows it each time; "
            "count from it with after_completion_of",
        )


def _owed_by(checks: Checks, spot: Spot) -> None:
    parties, bodies = checks.known("parties", "code"), checks.known("bodies", "code")
    either = parties | bodies
    owners = []
    for owed in spot.each("owed_by"):
        checks.person(owed["focal_point"])
        given = [owed[key] for key in ("owner", "party", "body") if owed[key].value is not None]
        owner = Spot(owed.value, owed.path) if owed.text else given[0] if given else None
        if owner is None or len(given) > 1:
            if isinstance(owed.value, dict):
                checks.refuse(owed.path, "name the one that owes: owner, party or body")
            continue
        code, named_as = owner.text, owner.path[-1]
        owners.append(owner)
        if named_as == "party":
            checks.party(owner)
        elif named_as == "body":
            checks.body(owner)
        elif code in parties and code in bodies:
            checks.refuse(
                owner.path,
                f"“{code}” is a party and a body; write party: {code} or body: {code}",
            )
        elif code and code not in either:
            checks.refuse(
                owner.path,
                f"“{shortened(code)}” is neither a party nor a body in this file"
                + did_you_mean(code, list(either)),
            )
    checks.once(owners, "the owner", text_of)


def _counted(checks: Checks, spot: Spot, triggered: bool) -> None:
    """A day, an anchor, a commitment or the trigger: one of them, with one number at most."""
    if not isinstance(spot.value, dict):
        return
    allowed = [*_ONE_DAY, *_SEVERAL] if spot.path[-1] == "due" else list(_ONE_DAY)
    if not triggered:
        allowed.remove("after_trigger")
    said = [key for key in allowed if _is_said(spot[key])]
    units = [key for key in UNITS if spot[key].value is not None]
    if not triggered and _is_said(spot["after_trigger"]):
        checks.refuse(
            spot["after_trigger"].path,
            "only a triggered commitment counts from its trigger; write kind: triggered",
        )
    elif len(said) != 1:
        checks.refuse(spot.path, f"say when in one way: one of {', '.join(allowed)}")
    elif units and said[0] in ("on", *_SEVERAL):
        checks.refuse(spot[units[0]].path, f"a number needs something to count from, not {said[0]}")
    elif len(units) > 1:
        checks.refuse(spot[units[1]].path, f"give one number only, in {units[0]} or in {units[1]}")
    for key in ("after", "before"):
        checks.refer(spot[key], "anchors", "key", "the key of an anchor")
    for key in ("after_completion_of", "before_completion_of"):
        checks.commitment(spot[key])
    for key in _SEVERAL:
        for one in spot.each(key):
            _counted(checks, one, triggered)


def _is_said(spot: Spot) -> bool:
    """Whether a field says something; after_trigger: false says nothing."""
    return spot.value is not None and not (spot.path[-1] == "after_trigger" and spot.truth is False)


def _bounds(checks: Checks, spot: Spot) -> None:
    for bound in spot.each("bounds"):
        refuse_stranger(checks, bound["owner"], spot)
        given = [key for key in ("at_most", "at_least") if bound[key].value is not None]
        if isinstance(bound.value, dict) and len(given) != 1:
            checks.refuse(bound.path, "give one number: at_most or at_least")
    checks.once(spot.each("bounds"), "the bound", _bound_said)


def _bound_said(bound: Spot) -> str | None:
    """Of what it is, on which side, and for whom."""
    side = next((key for key in ("at_most", "at_least") if bound[key].value is not None), None)
    said = [side, bound["of"].text, bound["owner"].text]
    return " ".join(filter(None, said)) if side and said[1] else None


def _readings(checks: Checks, spot: Spot) -> None:
    in_force = []
    for reading in spot.each("readings"):
        checks.party(reading["party"])
        if reading["in_force"].truth:
            in_force.append(reading)
            if reading["decided_by"].value is None:
                checks.refuse(
                    reading["in_force"].path,
                    "say who put this reading in force, and where; add decided_by",
                )
    for reading in in_force[1:]:
        checks.refuse(reading["in_force"].path, "another reading is in force; one decides at most")
    parties = (reading["party"] for reading in spot.each("readings"))
    checks.once(parties, "the reading of the party", text_of)


def _extensions(checks: Checks, spot: Spot) -> None:
    kind, fixed = kind_of(spot), spot["extendable"].truth is False
    dated = spot["due"].value is not None or spot["latest"].value is not None
    for one in spot.each("extensions"):
        given = [key for key in ("until", "by") if one[key].value is not None]
        if isinstance(one.value, dict) and len(given) != 1:
            checks.refuse(one.path, "give the new date or the time by which it grows: until or by")
        if isinstance(one["by"].value, dict):
            _one_amount(checks, one["by"])
        checks.not_in_future(one["agreed_on"])
        checks.person(one["entered_by"])
        if fixed:
            checks.refuse(one.path, "the commitment says extendable: false; it has no extension")
        elif kind not in EXPECTED and not dated:
            checks.refuse(one.path, "there is no date that could be extended; add due")
        if kind in EXPECTED:
            owing(checks, one, spot)
            if one["time"].value is None:
                checks.refuse(one.path, "say which expected time it concerns; add time")
        elif one["owner"].value is not None:
            checks.refuse(one["owner"].path, "the date is extended for all who owe it")
        expected_time(checks, one["time"], spot)


def _waits(checks: Checks, spot: Spot) -> None:
    awaited = [one.alone("commitment") for one in spot.each("waits_on")]
    for one in awaited:
        checks.commitment(one)
    checks.once(awaited, "the commitment", text_of)


def expected_time(checks: Checks, time: Spot, commitment: Spot) -> Spot | None:
    """The event that triggered an expected time, where it is one of the file's."""
    if time.value is None:
        return None
    ref = shortened(commitment["ref"].text or "")
    if kind_of(commitment) not in EXPECTED:
        checks.refuse(time.path, f"{ref} is not expected several times; leave out time")
        return None
    trigger = checks.named("triggers", "key", commitment["triggered_by"].text)
    if trigger is None or time.whole_number is None:
        return None
    events = list(trigger.each("events"))
    if not 1 <= time.whole_number <= len(events):
        key = shortened(trigger["key"].text or "")
        checks.refuse(time.path, f"this file has no event {time.whole_number} of the trigger {key}")
        return None
    return events[time.whole_number - 1]


def check_circles(checks: Checks) -> None:
    file = checks.file
    for agreement in file.each("agreements"):
        for link in closing(agreement.each("provisions"), "citation", lambda s: [s["part_of"]]):
            refuse_circle(checks, link, "would be part of")
    for link in closing(file.each("commitments"), "ref", _depends_on):
        verb = "count from"
        if "follows" in link.path:
            verb = "follow"
        if "waits_on" in link.path:
            verb = "wait on"
        refuse_circle(checks, link, f"would {verb}")


def _depends_on(commitment: Spot) -> list[Spot]:
    """Where a commitment names others: in its dates, or as what it follows or waits on."""
    found = [commitment["follows"]]
    found += [one.alone("commitment") for one in commitment.each("waits_on")]
    terms = [commitment[key] for key in _TERMS]
    for spot in (*terms, *(reading["due"] for reading in commitment.each("readings"))):
        for one in (spot, *spot.each("earlier_of"), *spot.each("later_of")):
            found += [one["after_completion_of"], one["before_completion_of"]]
    return found


def owing(checks: Checks, spot: Spot, commitment: Spot | None) -> str | None:
    """The code of who owes it; refuses one that does not, and none where several do."""
    if commitment is None:
        return spot["owner"].text
    owners = owners_of(commitment)
    given = spot["owner"]
    refuse_stranger(checks, given, commitment)
    if given.value is None and len(owners) > 1:
        checks.refuse(spot.path, f"say whose it is; add owner: one of {', '.join(owners)}")
    return given.text or (owners[0] if len(owners) == 1 else None)


def refuse_stranger(checks: Checks, given: Spot, commitment: Spot) -> None:
    """Refuse the code of one that does not owe a commitment."""
    owners = owners_of(commitment)
    if given.text and given.text not in owners:
        ref = shortened(commitment["ref"].text or "it")
        checks.refuse(
            given.path,
            f"{shortened(given.text)} does not owe {ref}{did_you_mean(given.text, owners)}",
        )


def owners_of(commitment: Spot) -> list[str]:
    return [code for owed in commitment.each("owed_by") if (code := owner_code(owed))]


def owner_code(owed: Spot) -> str | None:
    """The code of an entry of owed_by, in whatever way it is written."""
    return owed.text or next(
        (code for key in ("owner", "party", "body") if (code := owed[key].text)), None
    )
