"""What is typed about bodies, how they work and how they are reached."""
