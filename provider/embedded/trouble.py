class ServiceTrouble(Exception):
    """A service cannot be had; the text says what to do."""
