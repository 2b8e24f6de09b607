"""Other machines that take money."""
