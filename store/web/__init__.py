"""HTTP's own concerns, shared by all domains: rendering, policies, sessions, limits, errors, assets."""
