"""The officers' console: lists of complaints, one complaint, and what an officer may do about it. Plain HTML."""
