"""The parts of `core.scenarios`: the log of acts, approvals, and what is read off a plan beside its table."""
