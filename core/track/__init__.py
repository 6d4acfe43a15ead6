"""What became of the launches of approved plans."""
