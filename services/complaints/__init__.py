"""Complaints: registers, tracks, escalates and closes them; officers work on them in a browser."""
