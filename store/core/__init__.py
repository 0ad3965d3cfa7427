"""What every domain stands on: database, settings, errors, money, time, events. It knows no HTTP and no domain."""
