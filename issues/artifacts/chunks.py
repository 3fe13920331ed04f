"""The pieces of uploads that have arrived: each belongs to the person who sent it."""

from __future__ import annotations
