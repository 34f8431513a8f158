"""Thinks, and touches nothing: desired, observed and prior in, a plan out."""
