"""Route: which deployments can serve a model, and in which order to try them."""
