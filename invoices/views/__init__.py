"""Pages of invoices, for subscribers and operators, and the door of the gateway's webhooks."""
