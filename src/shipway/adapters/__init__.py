"""One file per outside thing; each translates once, at the border, into domain values."""
