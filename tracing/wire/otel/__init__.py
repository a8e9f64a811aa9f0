"""An OTLP export in, patches of traces and observations out: plain Python, one table a convention."""
