"""What the services share in meaning: messages, facts, topics, discoms. Pure; only discom files are read."""
