"""The nouns that every other package speaks in: frozen values, and pure rules on text. Imports nothing of ours."""
