"""How a scenario becomes a decision: facts, limitations, rules, and the words for them."""
