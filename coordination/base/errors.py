class Refused(Exception):
    """An action that a rule of the domain does not allow; the message is for the person.

    `field` names the input that it concerns, so that a form can show it there.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Overtaken(Refused):
    """Somebody changed meanwhile what is asked about: nothing is recorded."""
