"""Each job next to the takes there are: what is cached, what would be rendered, why, and for how much."""
