"""The endpoints, and what every request passes before one of them."""
