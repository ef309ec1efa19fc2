"""What a run showed: kept as JSON, printed as tables, drawn as a chart, and judged."""
