"""Numbers in, the geometry of charts out: plain Python, drawn by the templates in `analytics/`."""
