"""What the gateway must know of bodies that pass through it as they are: what is asked for, what it came to, and the
few members that it changes in place."""
