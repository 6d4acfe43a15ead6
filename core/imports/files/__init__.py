"""What a file is before it is a table: packed, encoded, laid out somehow."""
