"""What a problem declares of its mathematics, compiled into a setting."""
