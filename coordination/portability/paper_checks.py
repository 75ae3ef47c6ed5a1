"""Whether what a process file says of who reads what can be as it is written."""

from .checks import Checks
from .commitment_checks import owners_of
from .cursor import Spot


def check_papers(checks: Checks) -> None:
    """Whose own a record is, to whom it was released, and who wrote which note."""
    for key in ("check_ins", "evidence"):
        for one in checks.file.each(key):
            _releases(checks, one)
            checks.party(one["delegation"])
            if one["audience"].text == "delegation" and one["delegation"].value is None:
                _whose_own(checks, key, one)
    for commitment in checks.file.each("commitments"):
        notes = list(commitment.each("notes"))
        checks.once((one["number"] for one in notes), "the number", lambda s: s.whole_number)
        for one in notes:
            checks.party(one["party"])
            checks.person(one["by"])
            checks.not_in_future(one["at"])
            _releases(checks, one)


def _whose_own(checks: Checks, key: str, one: Spot) -> None:
    """Refuse what is for a delegation alone, where neither it nor its owner names that."""
    commitment = checks.named("commitments", "ref", one["commitment"].text)
    owners: list[str] = []
    if key == "check_ins" and commitment is not None:
        owners = [one["owner"].text] if one["owner"].text else owners_of(commitment)
    if not set(owners) & set(checks.known("parties", "code")):
        checks.refuse(one["audience"].path, "say whose own it is; add delegation")


def _releases(checks: Checks, one: Spot) -> None:
    released = list(one.each("released_to"))
    checks.once((release["party"] for release in released), "the party", lambda s: s.text)
    for release in released:
        checks.party(release["party"])
        checks.person(release["by"])
        checks.not_in_future(release["at"])
