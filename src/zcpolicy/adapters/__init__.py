"""Adapters to Engine, Vdsm and libvirt, one module each."""

from . import engine, libvirt, vdsm

__all__ = ["engine", "libvirt", "vdsm"]
