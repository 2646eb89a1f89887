"""The administration's site, and its pages that are no list of one model."""
