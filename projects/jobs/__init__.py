"""How a worker has a job in hand, and what becomes of one whose worker died."""
