"""SHA-256 as text, which names pictures, tokens and settings."""

import hashlib


def sha256_of_bytes(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()
