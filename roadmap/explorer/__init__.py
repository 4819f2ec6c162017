"""The explorer: a study as one HTML file, with Figure 2 to hover, click and sort."""
