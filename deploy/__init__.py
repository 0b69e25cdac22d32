"""How Bijli Setu is brought up: discom files, containers, and everything on one machine (`deploy.local`)."""
