"""Inputs and outputs: immutable values, validated on construction."""
