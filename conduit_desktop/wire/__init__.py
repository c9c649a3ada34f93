"""Wire formats, pure: bytes and plain values in, values out. No I/O, clock, randomness or threads in here."""
