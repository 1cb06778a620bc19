"""Foundations: errors, field types, untrusted documents, terminal output."""
