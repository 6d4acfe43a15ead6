"""The parts of the launch plan: what is wished, what could be done with each item, and which of it is best."""
