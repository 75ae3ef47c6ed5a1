"""What changes bodies, their seats and who is accountable for what; a verb each."""
