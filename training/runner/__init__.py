"""How a worker carries a run: claims it, starts the engine as a process, keeps its events, ends it when asked."""
