"""Training documents made from prose, tables and human questions. Each takes the Tasks whose data and draws it uses."""
