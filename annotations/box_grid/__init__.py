"""All boxes of one class side by side, sorted so that what is wrong stands out."""
