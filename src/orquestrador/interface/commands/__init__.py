"""One module a command; each has `command()`, which makes it in the user's language."""
