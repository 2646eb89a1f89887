"""Whole datasets: merged, split, moved or copied to another project, rid of near-copies."""
