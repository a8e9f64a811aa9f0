"""Measurements of a running installation: `make bench` runs `benchmarks.ingestion` and `benchmarks.prompts`."""
