"""Named reads of invoices, by noun."""
