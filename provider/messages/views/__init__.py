"""The pages and doors of messages."""
