"""Registry: one line a slice."""

from .agreements import models as agreements
from .audiences import models as audiences
from .bodies import models as bodies
from .commitments import models as commitments
from .insights import models as insights
from .ledger import models as ledger
from .outbox import models as outbox
from .portability import models as portability
from .processes import models as processes
from .reminders import models as reminders
from .reviews import models as reviews

__all__ = [
    "agreements",
    "audiences",
    "bodies",
    "commitments",
    "insights",
    "ledger",
    "outbox",
    "portability",
    "processes",
    "reminders",
    "reviews",
]
