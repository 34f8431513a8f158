"""Carries a plan out: intents before deeds, outcomes after. Obeys the plan and decides nothing."""
