"""For tests and for authors of plugins: fakes, a clock that stands still, suites every plugin passes."""
