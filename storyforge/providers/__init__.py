"""The providers, one file each; `PROVIDERS` is the list."""
