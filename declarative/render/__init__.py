"""The windows: values in, text or JSON out. Opens no file, asks no clock, knows no engine."""
