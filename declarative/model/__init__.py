"""The values that travel through the tool, each named after the phase it belongs to."""
