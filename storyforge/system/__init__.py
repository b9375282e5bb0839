"""One door to each outside thing: files, settings, git, ffmpeg, HTTP, object stores, SQLite."""
