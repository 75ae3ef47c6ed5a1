"""`python -m tests.faults`: run the rig, print what came of it, exit with 1 where it fell short.

Without options: 10,000 messages and 500 kills on each database, then both ways in which delivery
can be broken, which must fail.
"""

import argparse
import sys
from collections.abc import Iterator

from .plan import VARIANTS, Plan, broken, short
from .run import run


def plans(options: argparse.Namespace) -> Iterator[Plan]:
    """What is asked for, one run after the other."""
    if options.variant:
        yield broken(options.variant, options.seed)
        return
    databases = [options.database] if options.database else ["sqlite", "postgresql"]
    for database in databases:
        if options.short:
            yield short(database, options.seed)
        else:
            yield Plan(options.messages, options.kills, database, options.seed)
    if not options.database:
        for variant in VARIANTS:
            yield broken(variant, options.seed)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Kill and starve delivery, and count the mails."
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="this one alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="what the suite runs")
    parser.add_argument("--variant", choices=VARIANTS, help="broken on purpose, alone: status 1")
    parser.add_argument("--keep", action="store_true", help="keep logs and database")
    options = parser.parse_args()
    fell_short = False
    for plan in plans(options):
        verdict = run(plan, say=lambda words: print(words, flush=True), keep=options.keep)
        print(verdict.table(), flush=True)
        if plan.variant and not options.variant:
            seen = bool(verdict.lost if plan.variant == "sent-first" else verdict.unmarked)
            print(f"The rig {'saw' if seen else 'did NOT see'} what is broken.\n", flush=True)
            fell_short |= not seen
        else:
            print(flush=True)
            fell_short |= bool(verdict.violations)
    return int(fell_short)


if __name__ == "__main__":
    sys.exit(main())
