"""Commands in comments: what was heard, whether it is obeyed, and what people are answered. Pure."""
