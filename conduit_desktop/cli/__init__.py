"""The command line: a contract that scripts rely on (design §8). One module a verb, imported when it is used.

Owns words, options, what is printed and exit codes; changes everything through ``runtime``. Must not import Qt.
"""
