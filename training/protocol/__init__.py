"""The contract of worker and engine: what a job asks, what a run says while it works, and what it leaves. No Django, no
numpy.

limits     numbers and names that both sides and the pages agree on
job        the values of a job; job_file reads and writes them
stages     the steps of a run: which of them a job runs, in which order, and how long they take beside each other
events     what the engine says, one JSON line each
results    what the engine leaves: suggestions.json, and beside it model/detector.json
errors     what ends a run
intervals  how sure a share is
hashing    the identity of a file

A run tells its suggestions before it trains: the event `suggestions` says that suggestions.json is whole, and from then
on it does not change. The worker stores it at once. What training made is told by model/detector.json, with seconds and
weights of its own.
"""
