"""Labels that a check calls likely wrong: the list, and its answers."""
