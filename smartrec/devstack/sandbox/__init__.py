"""A processor to develop against: it speaks the part of Stripe's HTTP API the product uses, and moves no real money.

Run it with `python -m smartrec.devstack.sandbox`; tests start their own with `testing.running()`. Requests are held
against Stripe's published API description (`describe`, `endive`), answered by one module per noun (`objects/`), kept
in one SQLite file (`store`) and told to subscribers (`webhooks`). Payers type cards and bank accounts on its hosted
pages (`hosted/`). Under `/_sandbox/` there is the money log (`movements`) and trouble on demand (`faults`, `limiting`,
`commands`), for a person on one page (`control_page`) and for a test by its handle (`testing`). Requests that do not
follow the description are remembered, and fail the test that made them.

Where it is kinder than Stripe, on purpose:
- a card that will be declined can be saved, so that a saved card can fail later (`--strict-saving` forbids it);
- a new connected account takes money at once (`--onboarding` makes it visit its account link first);
- bank accounts verify at once unless `verification_method` asks for microdeposits;
- an account starts with a float, so that a refund is short only by command.
What it does not do (manual capture, subscriptions, transfers, …) it refuses as `sandbox_not_implemented`.
"""
