"""What Stripe keeps for us: one module per noun."""
