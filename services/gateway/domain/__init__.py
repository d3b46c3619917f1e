"""What the gateway decides: nothing but that something was asked."""
