"""What changed and what it costs, and every report: text, JSON, Markdown, SARIF."""
