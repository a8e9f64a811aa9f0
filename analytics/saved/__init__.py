"""Dashboards and widgets that people save, by the API or in the pages."""
