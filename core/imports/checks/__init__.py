"""What can be odd in a file: the checks of the quality report, by what they look at."""
