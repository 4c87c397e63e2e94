"""QuantumLayer Factory: builds applications from briefs as make builds programs from sources."""

__version__ = "0.1.0"
