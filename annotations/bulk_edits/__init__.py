"""Changes of many boxes at once: another class, deletion, back to who drew them, two classes as one; undone as one."""
