"""StoryForge: a compiler from a storyboard to a film."""

__version__ = "0.1.0"
