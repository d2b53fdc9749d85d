"""The figures, each beside its bar: `make bench`, or `SCALE=0.1 make bench` for a quick pass."""
