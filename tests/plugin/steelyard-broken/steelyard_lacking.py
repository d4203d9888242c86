"""A module without what its entry points name, but for one that is no agent."""


class Technical:
    """Has the name of a built-in agent, and nothing of one."""
