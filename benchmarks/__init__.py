"""Measurements of a running installation: `make bench` runs `benchmarks.ingestion`, `.prompts` and `.numbers`."""
