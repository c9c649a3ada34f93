"""Send: calling deployments in their order until one answers, and relaying what it says."""
