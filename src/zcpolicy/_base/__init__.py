"""What everything stands on: errors, kinds of values, untrusted documents, the terminal."""
