"""Whether the commitments of a process file, and their history, can be as they are written."""

from collections import Counter

from .checks import Checks, closing, refuse_circle, text_of
from .cursor import Spot
from .problems import did_you_mean, shortened

_SAYS_WHEN = (
    "on",
    "after",
    "before",
    "after_completion_of",
    "before_completion_of",
    "earlier_of",
    "later_of",
)
_UNITS = ("hours", "days", "weeks", "months", "years")


def check_commitments(checks: Checks) -> None:
    cited = Counter(
        (agreement["key"].text, provision["citation"].text)
        for agreement in checks.file.each("agreements")
        for provision in agreement.each("provisions")
    )
    for spot in checks.file.each("commitments"):
        checks.body(spot["lead"])
        checks.body(spot["verified_by"])
        checks.refer(spot["agreement"], "agreements", "key", "the key of an agreement")
        _provision(checks, spot, list(cited))
        _kind(checks, spot)
        _owed_by(checks, spot)
        for key in ("due", "not_before", "latest"):
            _counted(checks, spot[key])


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
    kind = spot["kind"].text or "dated"
    if kind == "recurring" and spot["every"].value is None:
        checks.refuse(
            spot["kind"].path, "a recurring commitment says how often it recurs; add every"
        )
    if kind != "recurring" and spot["every"].value is not None:
        checks.refuse(
            spot["every"].path, "only a recurring commitment recurs; for reports write check_ins"
        )
    if (
        kind in ("dated", "until", "not_before")
        and spot["due"].value is None
        and spot["latest"].value is None
    ):
        checks.refuse(
            spot["kind"].path,
            f"a commitment of the kind {kind} needs a date; add due, or write kind: undated",
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


def _counted(checks: Checks, spot: Spot) -> None:
    """A day, an anchor or a commitment: one of them, with one number at most."""
    if not isinstance(spot.value, dict):
        return
    allowed = _SAYS_WHEN if spot.path[-1] == "due" else _SAYS_WHEN[:5]
    said = [key for key in allowed if spot[key].value is not None]
    units = [key for key in _UNITS if spot[key].value is not None]
    if len(said) != 1:
        checks.refuse(spot.path, f"say when in one way: one of {', '.join(allowed)}")
    elif units and said[0] in ("on", "earlier_of", "later_of"):
        checks.refuse(spot[units[0]].path, f"a number needs something to count from, not {said[0]}")
    elif len(units) > 1:
        checks.refuse(spot[units[1]].path, f"give one number only, in {units[0]} or in {units[1]}")
    for key in ("after", "before"):
        checks.refer(spot[key], "anchors", "key", "the key of an anchor")
    for key in ("after_completion_of", "before_completion_of"):
        checks.commitment(spot[key])
    for key in ("earlier_of", "later_of"):
        for one in spot.each(key):
            _counted(checks, one)


def check_circles(checks: Checks) -> None:
    file = checks.file
    for agreement in file.each("agreements"):
        for link in closing(agreement.each("provisions"), "citation", lambda s: [s["part_of"]]):
            refuse_circle(checks, link, "would be part of")
    for link in closing(file.each("commitments"), "ref", _completions):
        refuse_circle(checks, link, "would count from")


def _completions(commitment: Spot) -> list[Spot]:
    """Where a commitment's dates name other commitments."""
    found = []
    for key in ("due", "not_before", "latest"):
        spot = commitment[key]
        for one in (spot, *spot.each("earlier_of"), *spot.each("later_of")):
            found += [one["after_completion_of"], one["before_completion_of"]]
    return found


def check_history(checks: Checks) -> None:
    """Check-ins and findings: by whom, about what, and when."""
    commitments = {
        ref: spot for spot in checks.file.each("commitments") if (ref := spot["ref"].text)
    }
    acts_for = {
        person["email"].email: person["party"].text for person in checks.file.each("people")
    }
    for report in checks.file.each("check_ins"):
        checks.commitment(report["commitment"])
        checks.person(report["by"])
        checks.person(report["entered_by"])
        checks.not_in_future(report["at"])
        at, period = report["at"].when, report["period"]
        if at and period.day and period.day > checks.calendar.local_day(at):
            checks.refuse(period.path, "nobody had asked for that day yet when it was reported")
        _owner(checks, report, commitments.get(report["commitment"].text or ""))
    for finding in checks.file.each("findings"):
        checks.commitment(finding["commitment"])
        checks.person(finding["by"])
        checks.body(finding["body"])
        checks.not_in_future(finding["at"])
        commitment = commitments.get(finding["commitment"].text or "")
        owner = _owner(checks, finding, commitment)
        if owner and owner == acts_for.get(finding["by"].email):
            checks.refuse(
                finding["by"].path,
                f"this person acts for {owner}, which owes it; somebody else must verify it",
            )
        if commitment:
            _verifier(checks, finding, commitment)
        at, happened = finding["at"].when, finding["happened"]
        if at and happened.day and happened.day > checks.calendar.local_day(at):
            checks.refuse(happened.path, "what was found cannot be later than the finding")


def _verifier(checks: Checks, finding: Spot, commitment: Spot) -> None:
    verifies, body = commitment["verified_by"].text, finding["body"]
    if body.text and body.text != verifies:
        ref = finding["commitment"].text
        checks.refuse(
            body.path,
            f"{shortened(body.text)} does not verify {ref}; {verifies} does"
            if verifies
            else f"nobody verifies {ref}; add verified_by to the commitment",
        )


def _owner(checks: Checks, spot: Spot, commitment: Spot | None) -> str | None:
    """The code of who owes it; refuses one that does not, and none where several do."""
    if commitment is None:
        return spot["owner"].text
    owners = [code for owed in commitment.each("owed_by") if (code := owner_code(owed))]
    given = spot["owner"]
    if given.text and given.text not in owners:
        checks.refuse(
            given.path,
            f"{shortened(given.text)} does not owe {spot['commitment'].text}"
            + did_you_mean(given.text, owners),
        )
    elif given.value is None and len(owners) > 1:
        checks.refuse(spot.path, f"say whose it is; add owner: one of {', '.join(owners)}")
    return given.text or (owners[0] if len(owners) == 1 else None)


def owner_code(owed: Spot) -> str | None:
    """The code of an entry of owed_by, in whatever way it is written."""
    return owed.text or next(
        (code for key in ("owner", "party", "body") if (code := owed[key].text)), None
    )
