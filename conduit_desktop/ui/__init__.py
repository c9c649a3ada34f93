"""The window. Knows the core only through the service object it is handed; owns everything that is Qt."""
