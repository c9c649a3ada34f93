"""Conduit Desktop: a local LLM gateway as a desktop app."""

__version__ = "0.1.0"
