"""The pages of numbers for members of a project: its home and its dashboards."""
