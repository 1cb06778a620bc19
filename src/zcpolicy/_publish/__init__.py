"""What other programs read: JSON Schemas and test vectors."""
