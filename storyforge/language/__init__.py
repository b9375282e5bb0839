"""The storyboard language: text to a `Storyboard` and back, mistakes explained, edits that change nothing else."""
