"""Auth: whose request it is, whether that key may make it, and what it sets aside for it."""
