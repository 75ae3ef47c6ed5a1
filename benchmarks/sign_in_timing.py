"""Whether the time that an answer takes tells if an address has an account (`make bench`).

2,000 tries with a wrong password and 2,000 asked resets, half of them for accounts and half for
addresses that nobody has, in turns and in random order, go through the whole application in this
process. Printed is the area under the ROC curve: the chance that a known address takes longer than
an unknown one. 0.5 tells nothing; from 0.45 to 0.55 is what is asked for, and the program ends with
an error otherwise. Beside it stands what it would be if answers left as soon as they are ready.

An answer leaves at a multiple of `EVEN_ANSWERS_SECONDS`. To take minutes and not an hour, that is
shorter here than in use, and so is the work that Argon2 is given; both are printed. Neither makes
it easier: what is to be hidden is larger beside what hides it. `--full` takes those of use.
Every try is for another account from another network, so that no limit is met.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from benchmarks import FOLDER

TRIES = 2_000
WITHIN = (0.45, 0.55)
#: How many are tried without waiting, to say what there is to hide.
BARE = 200


class Cheaper(Argon2PasswordHasher):
    """The same algorithm, given less to do."""

    time_cost, memory_cost, parallelism = 1, 8 * 1024, 1


def area(known: Sequence[float], unknown: Sequence[float]) -> float:
    """Under the ROC curve, by ranks; equal ones share theirs."""
    both = sorted([(seconds, True) for seconds in known] + [(s, False) for s in unknown])
    ranks, at = 0.0, 0
    while at < len(both):
        end = at
        while end < len(both) and both[end][0] == both[at][0]:
            end += 1
        ranks += sum(is_known for _, is_known in both[at:end]) * (at + 1 + end) / 2
        at = end
    n, m = len(known), len(unknown)
    return (ranks - n * (n + 1) / 2) / (n * m)


def sign_in(client: Client, address: str, network: str) -> None:
    form = {"login": address, "password": "not the password"}
    assert client.post(reverse("account_login"), form, REMOTE_ADDR=network).status_code == 200


def reset(client: Client, address: str, network: str) -> None:
    where = reverse("account_reset_password")
    answer = client.post(where, {"email": address}, REMOTE_ADDR=network)
    assert answer.status_code == 302


def tried(ask: Callable[[Client, str, str], None], tries: int, skip: int) -> float:
    """The area after so many tries, for accounts from `skip` on."""
    asked = [(known, skip + n) for n in range(tries // 2) for known in (True, False)]
    random.Random(4).shuffle(asked)
    took: dict[bool, list[float]] = {True: [], False: []}
    for known, n in asked:
        address = f"{'person' if known else 'nobody'}{n:05}@bench.example"
        network = f"10.{int(known)}.{n // 250}.{n % 250}"
        client = Client()
        begun = time.perf_counter()
        ask(client, address, network)
        took[known].append(time.perf_counter() - begun)
    return area(took[True], took[False])


def main() -> None:
    full = "--full" in sys.argv
    step = {"sign-in": 0.5, "reset": 0.5} if full else {"sign-in": 0.09, "reset": 0.07}
    hasher = "django.contrib.auth.hashers.Argon2PasswordHasher"
    cheaper = "benchmarks.sign_in_timing.Cheaper"
    call_command("migrate", verbosity=0)
    with override_settings(PASSWORD_HASHERS=[hasher if full else cheaper]):
        password = make_password("the password")
        print(
            f"Argon2 {password.split('$')[3]}; answers leave every "
            + ", ".join(f"{seconds * 1000:.0f} ms ({name})" for name, seconds in step.items())
            + ("" if full else "; in use 500 ms, and Argon2 as Django sets it")
        )
        User.objects.bulk_create(
            User(email=f"person{n:05}@bench.example", name=f"Person {n}", password=password)
            for n in range(TRIES)
        )
        areas = {}
        for name, ask in {"sign-in": sign_in, "reset": reset}.items():
            with override_settings(EVEN_ANSWERS_SECONDS=0.0):
                tried(ask, 20, TRIES - 100)
                bare = tried(ask, BARE, TRIES // 2)
            with override_settings(EVEN_ANSWERS_SECONDS=step[name]):
                areas[name] = tried(ask, TRIES, 0)
            print(f"{name:8} area {areas[name]:.3f} over {TRIES} tries; {bare:.3f} at once")
    FOLDER.cleanup()
    if not all(WITHIN[0] <= one <= WITHIN[1] for one in areas.values()):
        sys.exit("Timing tells known addresses from unknown ones.")


if __name__ == "__main__":
    main()
