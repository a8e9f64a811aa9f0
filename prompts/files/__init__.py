"""Prompts as a folder of files: plain Python, without a database."""
