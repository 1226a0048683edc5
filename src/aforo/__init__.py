"""Aforo: inspect by risk, and keep the trade moving."""
