"""What installs Entente, starts it and keeps it running on one machine; no part of the web site."""
