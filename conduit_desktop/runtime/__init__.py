"""The gateway at work: its thread, what can be asked and changed, and the one door that the window uses."""
