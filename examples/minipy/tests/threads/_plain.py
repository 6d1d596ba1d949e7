"""For imports.py."""
name = "plain"
