"""Whether what a process file tells of the past of its commitments can be as it is written."""

from datetime import date

from coordination.commitments.models import Breach

from .checks import Checks
from .commitment_checks import expected_time, kind_of, owing, owners_of, refuse_stranger
from .cursor import Spot
from .problems import did_you_mean, shortened

#: What a piece of evidence may belong to, and where the file has it.
_BELONGS_TO = {"check_in": "check_ins", "finding": "findings", "breach": "breaches"}


def check_history(checks: Checks) -> None:
    """By whom something was reported, found, alleged or added, about what, and when."""
    history = _History(checks)
    for key in ("check_ins", "findings", "measurements", "flags", "breaches", "evidence"):
        for one in checks.file.each(key):
            history.check(key, one)
    for one in checks.file.each("called_off"):
        history.check("called_off", one)
    for commitment in checks.file.each("commitments"):
        check_expected_times(checks, commitment)
    history.standing_flags()
    history.evidence_numbers()


def check_expected_times(checks: Checks, commitment: Spot) -> None:
    """Each is a period of the rhythm, or answers an event of the trigger."""
    recurs = kind_of(commitment) == "recurring"
    if commitment["rhythm_from"].value is not None and not recurs:
        checks.refuse(commitment["rhythm_from"].path, "only a recurring commitment has a rhythm")
    times = [one for one in commitment.each("expected") if isinstance(one.value, dict)]
    for one in times:
        first, before, event = one["from"], one["before"], one["event"]
        if recurs and (first.value is None or before.value is None or event.value is not None):
            checks.refuse(one.path, "what recurs is expected in a period; give from and before")
        elif recurs and first.day and before.day and before.day <= first.day:
            checks.refuse(before.path, "the next period begins after this one")
        elif not recurs and (event.value is None or first.value or before.value):
            checks.refuse(one.path, "what is triggered answers an event; give event")
        elif not recurs and commitment["triggered_by"].value is None:
            checks.refuse(one.path, "only what triggered_by names has events; leave this out")
        elif event.value is not None:
            expected_time(checks, event, commitment)
    whose = {one.path: owing(checks, one, commitment) for one in times}
    for key in ("number", "event"):
        named = (one[key] for one in times if one[key].whole_number is not None)
        checks.once(named, f"the {key}", lambda spot: (whose[spot.path[:-1]], spot.whole_number))


class _History:
    def __init__(self, checks: Checks) -> None:
        self.checks = checks
        self.acts_for = {
            person["email"].email: person["party"].text for person in checks.file.each("people")
        }

    def check(self, section: str, one: Spot) -> None:
        """What all of it has: a commitment, an author, a moment, and perhaps a number of time."""
        checks = self.checks
        checks.commitment(one["commitment"])
        checks.person(one["by"])
        checks.not_in_future(one["at"])
        commitment = checks.named("commitments", "ref", one["commitment"].text)
        getattr(self, f"_{section}")(one, commitment)
        if commitment is None:
            return
        event = expected_time(checks, one["time"], commitment)
        happened, at = event["on"].when if event else None, self._day(one["at"])
        if happened and at and at < checks.calendar.local_day(happened):
            day = checks.calendar.local_day(happened)
            checks.refuse(one["at"].path, f"what triggered it happened later, on {day}")

    def _day(self, spot: Spot) -> date | None:
        """The day of a day or moment."""
        return self.checks.calendar.local_day(spot.when) if spot.when else None

    def _not_before(self, later: Spot, earlier: Spot, sentence: str) -> None:
        """Refuse a day or moment that comes before another one."""
        if later.when is None or earlier.when is None:
            return
        moment = self.checks.calendar.moment
        if moment(later.when) < moment(earlier.when):
            self.checks.refuse(later.path, sentence)

    def _check_ins(self, one: Spot, commitment: Spot | None) -> None:
        checks = self.checks
        checks.person(one["entered_by"])
        at, period, done = self._day(one["at"]), one["period"], one["done"]
        if at and period.day and period.day > at:
            checks.refuse(period.path, "nobody had asked for that day yet when it was reported")
        if at and done.day and done.day > at:
            checks.refuse(done.path, "what is done was done when it was reported")
        if done.value is not None and one["level"].text != "full":
            checks.refuse(done.path, "only what is reported as full is done; write level: full")
        owing(checks, one, commitment)

    def _findings(self, one: Spot, commitment: Spot | None) -> None:
        checks = self.checks
        checks.body(one["body"])
        checks.person(one["approved_by"])
        owner = owing(checks, one, commitment)
        for key, verb in (("by", "verify"), ("approved_by", "approve")):
            self._not_own(one[key], owner, verb)
        if one["approved_by"].email and one["approved_by"].email == one["by"].email:
            checks.refuse(one["approved_by"].path, "somebody else than its author approves it")
        if commitment:
            self._verifier(one["body"], commitment, owner)
        at, happened, learned = self._day(one["at"]), one["happened"], one["learned"]
        if at and happened.day and happened.day > at:
            checks.refuse(happened.path, "what was found cannot be later than the finding")
        if at and learned.day and learned.day > at:
            checks.refuse(learned.path, "nobody learned of it after the finding")
        checks.in_order(happened, learned, "it was learned of when it had happened, or later")
        checks.person(one["released_by"])
        for key in ("approved", "released"):
            checks.not_in_future(one[key])
        self._not_before(one["approved"], one["at"], "it was approved before it was recorded")
        first = one["approved"] if one["approved"].value is not None else one["at"]
        self._not_before(one["released"], first, "it was released before it was approved")

    def _not_own(self, person: Spot, owner: str | None, verb: str) -> None:
        if owner and owner == self.acts_for.get(person.email):
            self.checks.refuse(
                person.path,
                f"this person acts for {owner}, which owes it; somebody else must {verb} it",
            )

    def _verifier(self, body: Spot, commitment: Spot, owner: str | None) -> None:
        """Refuse a body that does not verify the commitment, or that owes it itself."""
        checks, verifies = self.checks, commitment["verified_by"].text
        former = [one.text for one in commitment.each("verified_before")]
        if body.text and body.text != verifies and body.text not in former:
            ref = commitment["ref"].text
            checks.refuse(
                body.path,
                f"{shortened(body.text)} does not verify {ref}; {verifies} does"
                if verifies
                else f"nobody verifies {ref}; add verified_by to the commitment",
            )
        elif body.text and body.text == owner and owner not in checks.known("parties", "code"):
            checks.refuse(body.path, f"{shortened(owner)} owes it; no body verifies what it owes")

    def _measurements(self, one: Spot, commitment: Spot | None) -> None:
        checks = self.checks
        checks.body(one["body"])
        checks.not_in_future(one["on"])
        at = self._day(one["at"])
        if at and one["on"].day and one["on"].day > at:
            checks.refuse(one["on"].path, "nothing is measured after it was recorded")
        if commitment is None:
            return
        refuse_stranger(checks, one["owner"], commitment)
        self._bound(one, commitment)
        if one["body"].text:
            self._verifier(one["body"], commitment, one["owner"].text)
            bound = one["owner"].text
            for owner in [bound] if bound else owners_of(commitment):
                self._not_own(one["by"], owner, "measure")

    def _bound(self, one: Spot, commitment: Spot) -> None:
        """Refuse a number that could be held against no bound, or against more than one."""
        bounds = list(commitment.each("bounds"))
        fitting = [bound for bound in bounds if _fits(one, bound)]
        if one["owner"].value is None and len(fitting) > 1:
            fitting = [b for b in fitting if b["owner"].value is None] or fitting
        if len(fitting) == 1:
            return
        known = list(dict.fromkeys(text for bound in bounds if (text := bound["of"].text)))
        of = one["of"]
        if of.text and of.text not in known:
            ref = shortened(commitment["ref"].text or "")
            self.checks.refuse(
                of.path,
                f"{ref} has no bound of “{shortened(of.text)}”" + did_you_mean(of.text, known),
            )
        elif fitting:
            self.checks.refuse(
                one.path, "say which bound it is held against; add of, owner or bound"
            )
        else:
            self.checks.refuse(one.path, "the commitment has no such bound; look at its bounds")

    def _flags(self, one: Spot, commitment: Spot | None) -> None:
        checks = self.checks
        checks.person(one["lifted_by"])
        checks.not_in_future(one["lifted"])
        self._not_before(one["lifted"], one["at"], "it was lifted before it was raised")
        if commitment:
            refuse_stranger(checks, one["owner"], commitment)
        if one["lifted"].value is not None and one["because"].value is None:
            checks.refuse(one["lifted"].path, "say why it was lifted; add because")
        for key in ("lifted_by", "because"):
            if one[key].value is not None and one["lifted"].value is None:
                checks.refuse(one[key].path, "say when it was lifted; add lifted")

    def standing_flags(self) -> None:
        """Of each kind one flag stands for an owner, and one for all."""
        flags = list(self.checks.file.each("flags"))

        def flagged(kind: Spot) -> tuple[str | None, ...] | None:
            flag = flags[int(kind.path[1])]
            said = (flag["commitment"].text, flag["owner"].text, kind.text)
            return said if kind.text else None

        standing = (one["kind"] for one in flags if one["lifted"].value is None)
        self.checks.once(standing, "the flag", flagged)

    def _breaches(self, one: Spot, commitment: Spot | None) -> None:
        checks = self.checks
        checks.party(one["alleged_by"])
        owner = owing(checks, one, commitment)
        checks.not_in_future(one["learned"])
        checks.in_order(one["happened"], one["learned"], "it was learned of before it happened")
        state, last = Breach.State.ALLEGED, one["at"]
        for place, step in enumerate(one.each("steps")):
            checks.person(step["by"])
            for key in ("on", "at"):
                checks.not_in_future(step[key])
            on, before = step["on"].day, self._day(last)
            if on and before and on < before:
                checks.refuse(step["on"].path, "the step before was taken later")
            last = step["on"]
            if step["until"].when and on and self._day(step["until"]) < on:  # type: ignore[operator]
                checks.refuse(step["until"].path, "its clock runs out after the step, not before")
            state = self._state(step["state"], state, first=place == 0)
            if step["state"].text == Breach.State.ESCALATED:
                self._dispute_step(step, commitment)
            elif step["state"].text != Breach.State.ALLEGED:
                self._not_own(step["by"], owner, "judge")

    def _state(self, given: Spot, before: Breach.State, *, first: bool) -> Breach.State:
        """The state after a step; refuses one that cannot follow the state before."""
        if given.text not in Breach.State.values or (first and given.text == Breach.State.ALLEGED):
            return before
        following = Breach.NEXT[before]
        if given.text not in following:
            use = f"use one of {', '.join(following)}" if following else "nothing follows it"
            self.checks.refuse(given.path, f"{given.text} does not follow {before}; {use}")
        return Breach.State(given.text)

    def _dispute_step(self, step: Spot, commitment: Spot | None) -> None:
        number = step["step"].whole_number
        if step["who"].value is None and number is None:
            self.checks.refuse(step.path, "say to whom it was taken; add step or who")
        if step["who"].value is not None or number is None or commitment is None:
            return
        leads = (commitment["lead"].text, commitment["verified_by"].text)
        bodies = [self.checks.named("bodies", "code", code) for code in leads]
        steps = [list(body["protocol"].each("dispute_steps")) for body in bodies if body]
        count = next((len(one) for one in steps if one), 0)
        if not 1 <= number <= count:
            self.checks.refuse(
                step["step"].path, f"the protocol has {count} dispute steps; or add who"
            )

    def _evidence(self, one: Spot, commitment: Spot | None) -> None:
        checks = self.checks
        checks.not_in_future(one["dated"])
        if commitment is None:
            return
        refuse_stranger(checks, one["owner"], commitment)
        for key, section in _BELONGS_TO.items():
            if one[key].value is not None:
                self._belongs(one[key], section, commitment, owing(checks, one, commitment))

    def _belongs(self, number: Spot, section: str, commitment: Spot, owner: str | None) -> None:
        """Refuse the number of a report, finding or breach that is not in the file."""
        ref = commitment["ref"].text
        of_ref = [s for s in self.checks.file.each(section) if s["commitment"].text == ref]
        count = sum(1 for one in of_ref if one["owner"].text in (None, owner))
        if number.whole_number is not None and number.whole_number > count:
            noun = section.replace("_", "-")
            self.checks.refuse(number.path, f"the file has {count} {noun} of this owner for {ref}")

    def evidence_numbers(self) -> None:
        """Numbers are given once a commitment, and what is named by one was there before."""
        checks = self.checks
        pieces = list(checks.file.each("evidence"))
        numbered: dict[tuple[str | None, int | None], Spot] = {}
        for one in pieces:
            numbered.setdefault((one["commitment"].text, one["number"].whole_number), one)
        checks.once(
            (one["number"] for one in pieces if one["commitment"].text),
            "the number",
            lambda number: (
                (pieces[int(number.path[1])]["commitment"].text, number.whole_number)
                if number.whole_number
                else None
            ),
        )
        for one in pieces:
            for named in (one["supersedes"], *one.each("contradicts")):
                if named.whole_number is None:
                    continue
                other = numbered.get((one["commitment"].text, named.whole_number))
                if other is None or other is one:
                    checks.refuse(
                        named.path,
                        f"no other evidence of this commitment has the number {named.text} "
                        "in this file",
                    )
                elif named.path[-1] == "supersedes":
                    self._not_before(
                        Spot(one["at"].value, named.path),
                        other["at"],
                        f"number {named.text} was added later; the newer one supersedes",
                    )

    def _called_off(self, one: Spot, commitment: Spot | None) -> None:
        owing(self.checks, one, commitment)


def _fits(measurement: Spot, bound: Spot) -> bool:
    """Whether a number may be held against a bound, as far as it says against which."""
    of, owner, side = (measurement[key].text for key in ("of", "owner", "bound"))
    return (
        (of is None or of == bound["of"].text)
        and (owner is None or owner == bound["owner"].text)
        and (side is None or bound[side].value is not None)
    )
