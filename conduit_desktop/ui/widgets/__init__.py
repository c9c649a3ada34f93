"""Building blocks that know nothing of Conduit: a widget takes text and values and gives signals."""
