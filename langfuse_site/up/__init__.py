"""The one command: a data folder in, a whole installation out, until it is told to stop. Imports no Django."""
