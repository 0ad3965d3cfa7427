"""Pictures: where they are kept and in which sizes."""
