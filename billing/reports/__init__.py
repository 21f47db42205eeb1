"""What the books say, for those who answer for them: pure questions, each a few statements however many rows."""
