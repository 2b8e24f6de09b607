"""What needs another machine, or the printer, between two writes."""
