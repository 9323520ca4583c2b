"""Sources of questions: each function takes (mirrors, skip) and yields records, see questions.py."""
