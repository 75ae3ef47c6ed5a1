"""Other shapes of the register: along time, and by level. What is chosen is `register`'s."""
