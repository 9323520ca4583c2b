"""What the finished models can do, measured on their exported files."""
