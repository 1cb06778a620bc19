"""What policy authors are told of a policy that is legal and will not do what they think."""
