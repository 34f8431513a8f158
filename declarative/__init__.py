"""Declares workflow executions in YAML; plans, applies and checks them against the engine."""

__version__ = "0.1.0"
DISTRIBUTION = "declarative-executions"
