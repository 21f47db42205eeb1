"""A processor to develop against: it speaks the part of Stripe's HTTP API the product uses, and moves no real money."""
