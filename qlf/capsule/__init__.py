"""Capsules: one file that holds an application, what it was made from, and the proof of both."""

from qlf.capsule.verification import Verified, verify

__all__ = ["Verified", "verify"]
