"""One renewal card makes its whole journey: by HTTP, and in a browser."""
