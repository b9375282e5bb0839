"""From takes to a film: conform each take once, join the pieces, lay the sound under them."""
