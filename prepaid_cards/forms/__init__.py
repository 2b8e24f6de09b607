"""What people type about cards."""
