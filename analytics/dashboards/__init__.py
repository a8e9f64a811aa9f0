"""What the pages of numbers show: ranges, figures from rollups, and the charts made of them."""
