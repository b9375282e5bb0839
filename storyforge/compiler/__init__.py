"""A storyboard and a provider to clips, prompts, jobs and findings. Pure: no clock, no network, no chance."""
