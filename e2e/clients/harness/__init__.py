"""What the stories about clients share: a running server, and sockets to talk to it."""
