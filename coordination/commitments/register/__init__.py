"""The register: what is chosen, which rows fit, how they are counted, paged, shown and exported."""

from .bar import Bar
from .choices import VIEWS, Choices, read_choices
from .counts import counts
from .paging import Reader
from .rows import everything_on, fits, obligations_in, rows_of, rule_of

__all__ = [
    "VIEWS",
    "Bar",
    "Choices",
    "Reader",
    "counts",
    "everything_on",
    "fits",
    "obligations_in",
    "read_choices",
    "rows_of",
    "rule_of",
]
