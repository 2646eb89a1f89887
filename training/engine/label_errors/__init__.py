"""Label errors: boxes that are likely of another class or of none, likely missing, or likely loose."""
