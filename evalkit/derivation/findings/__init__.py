"""What was derived: milestones, leaps and approaches."""
