"""The words of Engine, Vdsm and libvirt: one module for each."""
