"""Accept: sockets and HTTP, who may speak to us at all, and what is asked for. Takes bytes, leaves a request."""
