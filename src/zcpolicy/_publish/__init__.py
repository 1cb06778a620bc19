"""Output for other programs: JSON Schemas and test vectors."""
