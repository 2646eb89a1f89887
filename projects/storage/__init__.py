"""What is stored: whether it is whole, and how much of it each project has."""
