"""The sound of a film: clips levelled and laid in one line, music under them, brought to its loudness."""
