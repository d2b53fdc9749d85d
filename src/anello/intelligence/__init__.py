"""What the house learns from its warehouse: value, phases, scores, segments, reports."""
