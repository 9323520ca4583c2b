"""The invented world: organisations, their rules as relations, and handbooks that state them. Made up by rule; no outside data."""
