"""The pages on which coordinators keep bodies, protocols, seats and responsibilities."""

from . import body, protocol, responsibility, seat

__all__ = ["body", "protocol", "responsibility", "seat"]
