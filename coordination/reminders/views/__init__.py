"""The pages behind check-in links, the outbox with its messages, and health."""
