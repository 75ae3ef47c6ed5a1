from .world import clients, world

__all__ = ["clients", "world"]
