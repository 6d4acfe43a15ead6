"""Pages driven in-process with AppTest: no server, no browser."""
