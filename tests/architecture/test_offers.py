"""What a page offers, its reader may do: no link and no form leads to a refusal."""

import re

from django.urls import Resolver404, resolve

from .routes import FORBIDDEN, OPENS, ROUTES, address
from .world import ask

#: A member without a party and without a seat: they read, and write nothing.
READER = "observer"
#: Pages about one thing, on which rights over that thing decide what is offered.
THINGS = {"number", "review", "code", "seat"}
WRITES = re.compile(r'<a [^>]*href="(/p/[^"?#]*)|<form [^>]*method="post" action="(/p/[^"?#]*)')


def test_no_page_offers_its_reader_what_they_may_not_do(world, clients) -> None:
    wrong, offered = set(), set()
    for name, route in ROUTES.items():
        rule = route.methods.get("GET")
        if not rule or rule[READER] != OPENS or not THINGS & set(route.args):
            continue
        page = (
            ask(clients[READER], "GET", address(name, world)).getvalue().decode("utf-8", "replace")
        )
        for link, action in WRITES.findall(page):
            try:
                leads_to = resolve(link or action).url_name
            except Resolver404:
                continue
            offered.add(leads_to)
            of_it = ROUTES[leads_to].methods.get("GET" if link else "POST")
            if of_it and of_it[READER] == FORBIDDEN:
                wrong.add((name, leads_to))
    assert wrong == set()
    assert len(offered) > 10
