"""Tests against real QEMU and real libvirt; ``docs/hypervisors.md`` says how to run them."""
