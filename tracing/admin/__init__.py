"""What superusers see and do of tracing in the Django admin."""

from tracing.admin import pipeline, prices, repricing

__all__ = ["pipeline", "prices", "repricing"]
