from tests.furnishing import furnish
from .query_counts import fill
def test_x(process, coordinator):
    fill(furnish(process, "Another"), 30)
