// The entry: every page loads this one module.
