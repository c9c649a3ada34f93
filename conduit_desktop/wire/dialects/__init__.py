"""One file a dialect. The visible list of them grows with issue 3; ``openai_chat`` is the first."""
