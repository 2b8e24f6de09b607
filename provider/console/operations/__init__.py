"""What operators do across packages."""
