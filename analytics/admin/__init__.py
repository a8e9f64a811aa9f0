"""What superusers see and do of analytics in the Django admin."""

from analytics.admin import rollups

__all__ = ["rollups"]
