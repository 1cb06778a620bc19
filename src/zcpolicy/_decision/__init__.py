"""Turn a scenario into a decision: facts, limitations, rules, and the sentences for them."""
