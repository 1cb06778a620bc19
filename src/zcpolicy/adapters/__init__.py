"""The words of Engine, Vdsm and libvirt: one module for each."""

from . import engine, libvirt, vdsm

__all__ = ["engine", "libvirt", "vdsm"]
