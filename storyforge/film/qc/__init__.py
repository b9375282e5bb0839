"""Quality control of takes and films: measured once, judged by rules."""
