"""The model cards: templates (*.md) and the tables that fill them."""
