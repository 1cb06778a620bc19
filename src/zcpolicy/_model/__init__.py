"""What goes in and what comes out: values that are checked as they are built."""
