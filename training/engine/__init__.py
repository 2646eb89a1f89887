"""The few-shot engine: a job file in, JSON-line events and result files out; it knows nothing of Django or the
database.
"""
