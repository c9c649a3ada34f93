"""The operations of the admin API, one module a subject. Each is a verb of the door, with its request read and its
answer told in the shapes of ``schemas``."""
