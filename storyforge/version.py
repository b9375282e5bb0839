"""The version of StoryForge."""

__version__ = "0.1.0"
