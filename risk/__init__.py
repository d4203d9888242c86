"""What is wanted and what is allowed: constructor, sizing, rules, supervisor."""
