"""Where each convention keeps inputs and outputs: a span in, the two values that it names out."""
