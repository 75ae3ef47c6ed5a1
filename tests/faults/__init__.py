"""The rig that shows what delivery survives: real processes, killed and starved in a seeded plan.

`python -m tests.faults --help`, or `make faults`. See "Delivery under faults" in
docs/operations.md.
"""
