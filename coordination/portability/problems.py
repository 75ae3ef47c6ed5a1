"""What is wrong with a process file, in sentences that name the line and the field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]
#: Where a value stands in the file: line and column, both counted from 1.
Places = Mapping[Path, tuple[int, int]]


@dataclass(frozen=True)
class Problem:
    """One thing to put right: where it stands and what to do."""

    line: int | None
    column: int | None
    path: Path
    sentence: str

    def described(self, file_name: str) -> str:
        where = [file_name]
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.path:
            where.append(written(self.path))
        return f"{', '.join(where)}: {self.sentence}"


class FileRefused(Exception):
    """A process file that is not loaded, with everything that is wrong with it."""

    def __init__(self, file_name: str, problems: Sequence[Problem]) -> None:
        self.file_name = file_name
        self.problems = sorted(problems, key=lambda p: (p.line or 0, p.column or 0))
        super().__init__("\n".join(self.sentences))

    @property
    def sentences(self) -> list[str]:
        """One line a problem, in the order of the file."""
        return [problem.described(self.file_name) for problem in self.problems]


def problem_at(path: Path, sentence: str, places: Places) -> Problem:
    """A problem with the place of its value, or of the nearest thing around it."""
    known = path
    while known and known not in places:
        known = known[:-1]
    line, column = places.get(known, (None, None))
    return Problem(line, column, path, sentence)


def written(path: Path) -> str:
    """A path as it is shown: bodies[2].seats[0].role."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def did_you_mean(given: str, known: Sequence[str]) -> str:
    """The end of a sentence that proposes the nearest of the known words, or lists a few."""
    near = get_close_matches(given, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean “{near[0]}”?"
    return f"; use one of {', '.join(known)}" if 0 < len(known) <= 16 else ""


def shortened(text: str) -> str:
    """A value as it is quoted in a sentence: on one line, and not too long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"
